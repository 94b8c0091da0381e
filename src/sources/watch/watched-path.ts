import { join } from "node:path";
import { SourceError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { FileEventKind, FileEvents, FileEventTaker } from "../../system/file-events.ts";
import { fileVersion, isPictureName } from "../folder-listing.ts";
import { MOST_FPS } from "../most-fps.ts";
import type { ToJpeg } from "../picture-bytes.ts";
import type { SourceReport } from "../source.ts";
import { Candidates, type Candidate } from "./candidates.ts";
import { Doubt } from "./doubt.ts";
import { NewestFiles, type NewFile } from "./newest-files.ts";
import { asPicture, readLater, readNow, type Content, type Reading, type Unfit } from "./picture-file.ts";
import { followTrail, type Trail } from "./trail.ts";
import { Trouble } from "./trouble.ts";
import { whatIsThere } from "./what-is-there.ts";

/** A file that is older was not written just now; the clock of a file system ticks every 10 ms at worst. */
const OLD_MS = 25;
/** Time from one look to the next, whatever is written. */
const SHORTEST_MS = 1000 / MOST_FPS;
/** How often is looked where the system does not tell of changes. */
const POLL_MS = 100;
/** While nothing is there: the system does not tell when something is mounted. */
const ABSENT_POLL_MS = 1_000;
/** How long a file is left alone that looks as if it were half written over. */
const DOUBTFUL_MS = 250;
/** Who writes for longer without a pause never will be done. */
const ENDLESS_MS = 10_000;
/** How often a file is read in vain at once, and how often is asked in between whether it is closed: 0.3 ms in all. */
const MOST_TRIES = 4;
const MOST_SPINS = 25;
/** Between two looks at a whole folder of which more happens than the system can tell. */
const LOST_MS = 2_000;

/** How changes are found. */
export interface Watching {
  /** Opens what tells of changes at once; undefined where nothing does. */
  readonly open: (taker: FileEventTaker) => FileEvents | undefined;
  /** Whether all changes of a folder are told. */
  readonly tells: (folder: string) => Promise<boolean>;
  /** Whether it is told when a file is closed, and {@link FileEvents.take} takes what happened up to now. */
  readonly isExact: boolean;
}

/** Where pictures come from at the moment: one file of a folder, or all of them. */
interface Place {
  readonly folder: string;
  readonly name: string | undefined;
}

/** Pictures of one path, each as soon as it is whole, the newest where several are. */
export class WatchedPath implements FileEventTaker {
  readonly #path: string;
  readonly #convert: ToJpeg;
  readonly #watching: Watching;
  readonly #signal: AbortSignal;
  readonly #trouble: Trouble;
  readonly #events: FileEvents | undefined;
  /** The names that lead to the place, by the folder each is in: a change of one may lead elsewhere. */
  #steps = new Map<string, Set<string>>();
  #place: Place | undefined;
  #newest: { readonly folder: string; readonly files: NewestFiles } | undefined;
  readonly #candidates = new Candidates();
  /** Older files of a folder, to be shown when the newest cannot be. */
  #older: readonly NewFile[] = [];
  /** Whether all changes are told, and exactly. Disks of other machines may hang, and are not read while all else waits. */
  #isExact = false;
  #followAt = 0;
  #followedAt = -Infinity;
  #notBefore = 0;
  /** State of the file that was looked into last. */
  #seen = "";
  readonly #doubt = new Doubt();
  #wake: () => void = () => undefined;
  /** Who takes the pictures may be busy with one: what is held is given back without waiting for that. */
  readonly #onAbort = (): void => {
    void this.#events?.close();
    this.#wake();
  };

  constructor(path: string, convert: ToJpeg, watching: Watching, signal: AbortSignal, report: SourceReport) {
    this.#path = path;
    this.#convert = convert;
    this.#watching = watching;
    this.#signal = signal;
    this.#trouble = new Trouble(path, report);
    this.#events = watching.open(this);
    signal.addEventListener("abort", this.#onAbort);
  }

  /** The pictures, until the signal aborts. */
  async *pictures(): AsyncGenerator<CapturedImage, void, undefined> {
    while (!this.#isOver()) {
      const now = performance.now();
      this.#trouble.tellDue();
      if (now < this.#notBefore) await this.#sleep(this.#notBefore);
      else if (now >= this.#followAt) await this.#follow();
      else {
        const candidate = this.#candidates.take();
        const image = candidate && (await this.#lookInto(candidate));
        if (image !== undefined) yield image;
        else if (candidate === undefined) await this.#sleep(this.#nextAt());
      }
    }
  }

  /** Tells nothing more and holds nothing more. */
  async close(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#onAbort);
    await this.#events?.close();
  }

  happened(folder: string, name: string, kind: FileEventKind): void {
    const place = this.#place;
    const isHere =
      place?.folder === folder && (place.name === undefined ? isPictureName(name) : place.name === name);
    if (isHere) this.#changed(name, kind);
    else if (this.#steps.get(folder)?.has(name) === true) this.#followSoon();
  }

  lost(): void {
    // In a folder in which so much happens, the newest files are told of anyway.
    const isFolder = this.#place?.name === undefined;
    this.#seen = "";
    this.#followSoon(isFolder ? this.#followedAt + LOST_MS : 0);
  }

  #changed(name: string, kind: FileEventKind): void {
    const isFile = this.#place?.name !== undefined;
    if (kind === "moved" || kind === "closed") this.#candidates.done(name, kind);
    else if (kind === "changed" || (kind === "rights" && this.#trouble.pending)) {
      const ms = this.#candidates.written(name);
      if (ms > ENDLESS_MS) this.#trouble.unfit(name, "it is written on and on and never closed", true);
    }
    if (isFile && kind === "gone") this.#followSoon();
    this.#wake();
  }

  #followSoon(at = 0): void {
    this.#followAt = Math.min(this.#followAt, at);
    this.#wake();
  }

  #nextAt(): number {
    return Math.min(this.#followAt, this.#candidates.nextAt, this.#trouble.nextAt);
  }

  /** Finds out where the path leads, watches the way there, and has a look at what is there. */
  async #follow(): Promise<void> {
    this.#notBefore = performance.now() + SHORTEST_MS;
    this.#followedAt = performance.now();
    this.#followAt = Infinity;
    const steps = new Map<string, Set<string>>();
    let told = this.#events !== undefined;
    const watch = (folder: string, contents: boolean) => {
      if (this.#events?.watch(folder, contents) === false) told = false;
    };
    const trail = await followTrail(this.#path, (folder, name, isLast) => {
      steps.set(folder, (steps.get(folder) ?? new Set()).add(name));
      this.#steps.set(folder, (this.#steps.get(folder) ?? new Set()).add(name));
      watch(folder, isLast);
    });
    const end = join(trail.folder, trail.name);
    const isFolder = trail.stats?.isDirectory() === true;
    if (isFolder) {
      watch(end, true);
      if (!steps.has(end)) steps.set(end, new Set());
    }
    if (isFolder) this.#moveTo({ folder: end, name: undefined });
    else this.#moveTo(trail.isAtEnd ? { folder: trail.folder, name: trail.name } : undefined);
    this.#steps = steps;
    this.#events?.keepOnly(new Set(steps.keys()));
    if (told) told = await this.#watching.tells(isFolder ? end : trail.folder);
    this.#isExact = told && this.#watching.isExact;
    await this.#lookAt(trail);
    if (!told) this.#followSoon(performance.now() + POLL_MS);
  }

  #moveTo(place: Place | undefined): void {
    if (place?.folder === this.#place?.folder && place?.name === this.#place?.name) return;
    this.#place = place;
    this.#candidates.clear();
    this.#older = [];
  }

  async #lookAt(trail: Trail): Promise<void> {
    try {
      const { isFolder, path, stats } = await whatIsThere(this.#path, trail);
      this.#trouble.present();
      if (isFolder) await this.#lookAtFolder(path);
      else this.#found({ name: trail.name, modifiedAt: stats.mtimeMs, version: fileVersion(stats) });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#seen = "";
      this.#trouble.absent(error);
      this.#followSoon(performance.now() + ABSENT_POLL_MS);
    }
  }

  async #lookAtFolder(folder: string): Promise<void> {
    if (this.#newest?.folder !== folder) this.#newest = { folder, files: new NewestFiles(folder) };
    const [first, ...older] = await this.#newest.files.find(this.#signal);
    if (this.#isOver()) return;
    this.#older = this.#trouble.showing ? [] : older;
    if (first !== undefined) this.#found(first);
    else if (!this.#trouble.showing && this.#candidates.areNone) {
      const text = `there are no pictures in ${folder} yet; the first one is shown as soon as it is whole`;
      this.#trouble.absent(new SourceError("ERR_FOLDER_EMPTY", text, { retryable: true }));
    }
  }

  /** A file was found that nobody told of: it may be in the writing, unless it is old. */
  #found({ name, modifiedAt, version }: NewFile): void {
    if (version === this.#seen) return;
    const isOld = this.#isExact && Date.now() - modifiedAt > OLD_MS;
    this.#candidates.found(name, isOld ? { version, ms: 0 } : { version });
  }

  async #lookInto(candidate: Candidate): Promise<CapturedImage | undefined> {
    const place = this.#place;
    if (place === undefined) return undefined;
    this.#notBefore = performance.now() + SHORTEST_MS;
    const { name } = candidate;
    const links = place.name === undefined;
    const path = join(place.folder, name);
    const reading = this.#isExact ? this.#readQuickly(name, path, links) : await readLater(path, links);
    if (this.#isOver()) return undefined;
    if (reading.is === "elsewhere") {
      if (!links) this.#followSoon();
      return undefined;
    }
    this.#trouble.present();
    const { version } = reading;
    if (reading.is === "torn" || this.#isWrittenAgain(candidate, version)) {
      this.#trouble.unfit(name, "it is written again before it can be read", true);
      this.#candidates.found(name, { version });
      return undefined;
    }
    // What was written may be there before it is told: then it was shown already when that comes.
    const isShown = version === this.#seen && (!candidate.isNew || this.#doubt.isShown(reading));
    if (isShown) return undefined;
    if (this.#isDoubtful(candidate, reading)) {
      this.#candidates.found(name, { version, ms: DOUBTFUL_MS, isTrusted: true });
      return undefined;
    }
    this.#seen = version;
    return this.#show(candidate, reading);
  }

  /** Reads a file that may be written thousands of times a second: in a moment in which it just was closed. */
  #readQuickly(name: string, path: string, links: boolean): Reading {
    for (let tries = 1; ; tries++) {
      const reading = readNow(path, links);
      this.#events?.take();
      if (tries === MOST_TRIES || !this.#candidates.isWritten(name)) return reading;
      let isClosed = this.#candidates.takeReady(name);
      for (let spins = 0; spins < MOST_SPINS && !isClosed; spins++) {
        this.#events?.take();
        isClosed = this.#candidates.takeReady(name);
      }
      if (!isClosed) return reading;
    }
  }

  #isDoubtful({ by, isTrusted }: Candidate, reading: Content | Unfit): boolean {
    if (by !== "quiet" || isTrusted || reading.is === "unfit") return false;
    return this.#doubt.isDoubtful(reading);
  }

  async #show({ name, by }: Candidate, reading: Content | Unfit): Promise<CapturedImage | undefined> {
    if (reading.is === "unfit") {
      this.#passOver(name, reading.why, reading.mayHeal && by !== "moved");
      return undefined;
    }
    const picture = await asPicture(reading.bytes, this.#convert);
    if (picture.jpeg === undefined) {
      this.#passOver(name, picture.why, by === "quiet" || (by === "closed" && picture.mayHeal));
      return undefined;
    }
    this.#trouble.shown();
    this.#doubt.shown(reading);
    this.#older = [];
    // A clock that is ahead of ours would make pictures of the future.
    return { jpeg: picture.jpeg, capturedAt: Math.min(reading.modifiedAt, Date.now()) };
  }

  #isWrittenAgain({ name, version }: Candidate, now: string): boolean {
    return (version !== undefined && version !== now) || this.#candidates.isWritten(name);
  }

  #passOver(name: string, why: string, mayHeal: boolean): void {
    this.#trouble.unfit(name, why, mayHeal);
    const [next, ...older] = this.#older;
    this.#older = older;
    if (next !== undefined) this.#found(next);
  }

  /** Sleeps until then, until something happens, or until it is over. */
  async #sleep(until: number): Promise<void> {
    if (this.#isOver()) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#wake = () => resolve(undefined);
    const timer =
      until === Infinity ? undefined : setTimeout(this.#wake, Math.max(0, until - performance.now()));
    await promise;
    clearTimeout(timer);
  }

  /** A call each time, because the compiler takes a property that it has seen once for settled. */
  #isOver(): boolean {
    return this.#signal.aborted;
  }
}
