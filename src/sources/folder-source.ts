import { setTimeout as sleep } from "node:timers/promises";
import { MjpegError, SourceError } from "../core/errors.ts";
import type { CapturedImage } from "../core/frame.ts";
import { absolutePath } from "./absolute-path.ts";
import type { SourceAddress } from "./address.ts";
import { FolderListing } from "./folder-listing.ts";
import { Pace } from "./pace.ts";
import type { ToJpeg } from "./picture-bytes.ts";
import { AHEAD_MS, PictureShelf } from "./picture-shelf.ts";
import type { Source, SourceReport } from "./source.ts";

/** Most bytes of pictures that one looping folder keeps in memory: 64 MiB. */
const MOST_KEPT_BYTES = 64 * 1024 * 1024;

/** How long before its time a picture is read: late enough to be new, early enough for a slow disk. */
const LEAD_MS = 250;

/** How often a folder that has nothing to show is looked at. */
const WAIT_MS = 100;

/**
 * `folder:PATH?fps=1&loop=true`: the pictures of a folder in natural name order, again and again; files that appear
 * later join. With `loop=false` each is shown once, and then new ones as they come. One file is a folder of one.
 * @throws MjpegError `ERR_OPTION_INVALID` for a rate beyond 0.01 to 120 frames a second or an unknown option;
 *   `ERR_ADDRESS_INVALID` without a path.
 */
export function openFolder(address: SourceAddress, convert: ToJpeg): Source {
  const { options, target } = address;
  const fps = options.number("fps", 0.01, 120, "frames a second") ?? 1;
  const loop = options.flag("loop") ?? true;
  options.end();
  if (target === "") {
    throw new MjpegError("ERR_ADDRESS_INVALID", '"folder:" names no folder; write folder:PATH');
  }
  const path = absolutePath(target);
  const shelf = new PictureShelf(convert, loop ? MOST_KEPT_BYTES : 0);
  return {
    label: `folder ${target}`,
    async check() {
      await new FolderListing(path).refresh();
    },
    async *capture(signal, report) {
      let told = "";
      const run = {
        listing: new FolderListing(path),
        shelf,
        pace: new Pace(fps, signal),
        perSecond: Math.floor((fps * AHEAD_MS) / 1000),
        complain: (problem: SourceError) => {
          if (problem.message !== told) report.waiting(problem);
          told = problem.message;
        },
        signal,
        report,
      };
      try {
        for await (const image of loop ? playRounds(run) : playOnce(run)) {
          told = "";
          yield image;
        }
      } finally {
        shelf.clear();
        run.pace.close();
      }
    },
  };
}

interface Run {
  readonly listing: FolderListing;
  readonly shelf: PictureShelf;
  readonly pace: Pace;
  /** Pictures shown a second: so many are looked at ahead, where those are several. */
  readonly perSecond: number;
  /** Tells why there is no picture, unless that was told last. */
  readonly complain: (problem: SourceError) => void;
  readonly signal: AbortSignal;
  readonly report: SourceReport;
}

async function* playRounds(run: Run): AsyncGenerator<CapturedImage, void, undefined> {
  const { listing, shelf, perSecond, signal } = run;
  let lastShown = 1;
  while (!isOver(signal)) {
    await look(run);
    let shown = 0;
    for (const [index, name] of listing.names.entries()) {
      if (isOver(signal)) return;
      if (perSecond >= 2 && shelf.wantsLook(name)) {
        await shelf.lookAhead(listing.directory, listing.names.slice(index, index + perSecond));
      }
      const image = await next(run, name);
      if (image === undefined) continue;
      yield image;
      shown++;
    }
    // One empty round may only mean that the folder changed meanwhile.
    if (shown === 0 && lastShown === 0) complainOfNothing(run);
    lastShown = shown;
    if (shown === 0) await pause(signal);
  }
}

async function* playOnce(run: Run): AsyncGenerator<CapturedImage, void, undefined> {
  const { listing, shelf, signal } = run;
  const played = new Set<string>();
  let left: readonly string[] = [];
  while (!isOver(signal)) {
    if (await look(run)) left = listing.names.filter((name) => !played.has(name));
    for (const name of left) {
      if (isOver(signal)) return;
      const image = await next(run, name);
      if (image === undefined) continue;
      yield image;
      played.add(name);
    }
    left = left.filter((name) => shelf.mayBeInTheWriting(name));
    if (played.size === 0) complainOfNothing(run);
    await pause(signal);
  }
}

/** Looks at the folder until it can be read. True when it was read anew. */
async function look({ listing, shelf, complain, signal }: Run): Promise<boolean> {
  while (!isOver(signal)) {
    try {
      if (!(await listing.refresh())) return false;
      shelf.keepOnly(listing.names);
      return true;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      complain(error);
    }
    await pause(signal);
  }
  return false;
}

/** The picture of that file, on the next beat. Undefined where it has none, or the time is over. */
async function next(run: Run, name: string): Promise<CapturedImage | undefined> {
  const { shelf, pace, signal } = run;
  const jpeg = shelf.takeLookedAt(name) ?? (await load(run, name));
  if (jpeg === undefined) return undefined;
  await pace.beat();
  return isOver(signal) ? undefined : { jpeg, capturedAt: Date.now() };
}

/** The picture of that file, read shortly before its time. */
async function load(
  { listing, shelf, pace, signal, report }: Run,
  name: string,
): Promise<Uint8Array | undefined> {
  await pace.before(LEAD_MS);
  return isOver(signal) ? undefined : shelf.load(listing.directory, name, report);
}

/** Says that the folder has nothing to show, unless one of its files is being written at the moment. */
function complainOfNothing({ listing, shelf, complain }: Run): void {
  const { directory, names } = listing;
  if (names.some((name) => shelf.mayBeInTheWriting(name))) return;
  const failed = names.find((name) => shelf.whyNot(name) !== undefined);
  const what =
    failed === undefined
      ? `there are no pictures in ${directory} yet; put JPEG, PNG, WebP, GIF, TIFF or AVIF files there`
      : `no file in ${directory} can be shown; ${JSON.stringify(failed)}: ${shelf.whyNot(failed) ?? ""}`;
  complain(new SourceError("ERR_FOLDER_EMPTY", what, { retryable: true }));
}

/** Waits a moment; an abort ends the wait early. */
async function pause(signal: AbortSignal): Promise<void> {
  // Only an abort ends the sleep early, and every caller looks at that itself.
  await sleep(WAIT_MS, undefined, { signal }).catch(() => undefined);
}

/** A call each time, because the compiler takes a property that it has seen once for settled. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
