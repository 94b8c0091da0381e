import { SourceError } from "../core/errors.ts";
import { invalid } from "../core/validate.ts";
import { paintPlaceholder } from "../images/placeholder.ts";
import { makeTestCard } from "../images/test-card.ts";
import { toJpeg } from "../images/to-jpeg.ts";
import { copiedSource } from "../sources/copied-source.ts";
import { openFolder } from "../sources/folder-source.ts";
import { openHttp } from "../sources/http/http-source.ts";
import { isOwnPictures, ownSource, type OwnPictures } from "../sources/own-source.ts";
import { SourceRegistry } from "../sources/registry.ts";
import type { Source } from "../sources/source.ts";
import { openTest } from "../sources/test-source.ts";
import { listCameras, type Camera, type CameraList } from "../sources/v4l2/devices.ts";
import { openCamera } from "../sources/v4l2/v4l2-source.ts";

export { listCameras, paintPlaceholder, type Camera };

/** What a stream can take its pictures from: an address, a source of your own, or your own pictures. */
export type SourceInput = string | Source | OwnPictures;

const registry: SourceRegistry = new SourceRegistry()
  .register("camera", (address) => openCamera(address))
  .register("folder", (address) => openFolder(address, toJpeg))
  .register("http", (address) => openHttp(address))
  .register("https", (address) => openHttp(address))
  .register("test", (address, name) => openTest(address, makeTestCard, name));

/**
 * Makes the source of a stream; nothing is opened yet.
 * @throws MjpegError `ERR_ADDRESS_INVALID` or `ERR_OPTION_INVALID`.
 */
export function makeSource(
  input: SourceInput,
  name: string,
  interval: () => number,
): { readonly source: Source; readonly preload: boolean } {
  if (typeof input === "string") return registry.open(input, name);
  if (isSource(input)) return { source: copiedSource(input), preload: false };
  if (isOwnPictures(input)) {
    return { source: copiedSource(ownSource(input, { interval, convert: toJpeg })), preload: false };
  }
  throw invalid(
    "source",
    "an address, a source, pictures to iterate over, or a function that captures one",
    input,
  );
}

/** What {@link findSources} found. */
export interface FoundSources {
  /** The addresses to show; at least one. */
  readonly addresses: readonly string[];
  /** Why these, as a sentence for people. */
  readonly because: string;
}

/** Finds what to show when nobody named a source: every camera, else a test card. */
export async function findSources(): Promise<FoundSources> {
  const { cameras: found, refused } = await camerasHere();
  const cameras = found.filter(({ capturesMjpeg }) => capturesMjpeg);
  if (cameras.length === 0) {
    return {
      addresses: ["test:"],
      because: `${why(refused)}, so a test card is shown; kinora --help names every source.`,
    };
  }
  const names = cameras.map(({ name, path }) => `${name} (${path})`).join(", ");
  return {
    addresses: cameras.map(({ path }) => `camera:${path}`),
    because: `No source was named, so every camera is shown: ${names}.`,
  };
}

/** The first of {@link findSources}, chosen anew whenever somebody begins to watch. */
export function bestSource(name: string): Source {
  let chosen: Source | undefined;
  return {
    get label() {
      return chosen?.label ?? "the best source there is";
    },
    async *capture(signal, report) {
      const { addresses, because } = await findSources();
      report.note(because);
      chosen = registry.open(addresses[0] ?? "test:", name).source;
      yield* chosen.capture(signal, report);
    },
  };
}

/** Where cameras cannot be looked for at all (off Linux, without koffi), that is the reason why there is none. */
async function camerasHere(): Promise<CameraList> {
  try {
    return await listCameras();
  } catch (error) {
    if (error instanceof SourceError) return { cameras: [], refused: [error] };
    throw error;
  }
}

function why(refused: readonly Error[]): string {
  const [first] = refused;
  return first === undefined ? "No camera was found" : `No camera can be used (${first.message})`;
}

/**
 * Looks for what is plainly wrong with an address before anyone watches: no such camera, no such folder.
 * @throws MjpegError with the sentence for whoever typed it.
 */
export async function checkSource(address: string): Promise<void> {
  await registry.open(address, "check").source.check?.();
}

function isSource(input: object): input is Source {
  return "capture" in input && typeof input.capture === "function";
}
