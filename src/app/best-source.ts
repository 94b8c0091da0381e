import { SourceError } from "../core/errors.ts";
import { listScreens } from "../sources/screen/list-screens.ts";
import type { Source } from "../sources/source.ts";
import type { CameraList } from "../sources/v4l2/devices.ts";
import { listCameras } from "./cameras.ts";
import { sourceKinds } from "./source-kinds.ts";

/** What {@link findSources} found. */
export interface FoundSources {
  /** The addresses to show; at least one. */
  readonly addresses: readonly string[];
  /** Why these, as a sentence for people. */
  readonly because: string;
}

/** Finds what to show when nobody named a source: every camera, else the desktop, else a test card. */
export async function findSources(): Promise<FoundSources> {
  const { cameras: found, refused } = await camerasHere();
  const cameras = found.filter((camera) => camera.capturesMjpeg || camera.capturesRaw);
  if (cameras.length > 0) {
    const names = cameras.map(({ name, path }) => `${name} (${path})`).join(", ");
    return {
      addresses: cameras.map(({ path }) => `camera:${path}`),
      because: `No source was named, so every camera is shown: ${names}.`,
    };
  }
  const { screens, refused: noScreen } = await listScreens();
  if (screens.length > 0) {
    return {
      addresses: screens.map(({ address }) => address),
      because: `${why(refused)}, so the screen of this machine is shown; kinora --help names every source.`,
    };
  }
  const screen = noScreen.map(({ message }) => ` and no screen (${message})`).join("");
  return {
    addresses: ["test:"],
    because: `${why(refused)}${screen}, so a test card is shown; kinora --help names every source.`,
  };
}

/**
 * The first of {@link findSources}, chosen anew whenever somebody begins to watch, and then kept: who watches a camera that is
 * unplugged must not see the screen instead.
 */
export function bestSource(name: string): Source {
  let chosen: Source | undefined;
  let chosenFor: AbortSignal | undefined;
  return {
    get label() {
      return chosen?.label ?? "the best source there is";
    },
    async *capture(signal, report) {
      if (chosen === undefined || signal !== chosenFor) {
        const { addresses, because } = await findSources();
        report.note(because);
        chosen = sourceKinds.open(addresses[0] ?? "test:", name).source;
        chosenFor = signal;
      }
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
