import type { FileEventKind } from "../../system/file-events.ts";

/** Who never closes the file is done when nothing was written for so long. */
const SETTLED_MS = 15;

/** A file to be looked into. */
export interface Candidate {
  readonly name: string;
  /** How it became one: by a rename, by being closed, or because nobody writes it any more. */
  readonly by: "moved" | "closed" | "quiet";
  /** Whether it certainly is another picture than the last. */
  readonly isNew: boolean;
  /** State in which it was left alone; undefined where events tell that. */
  readonly version: string | undefined;
  /** Whether it looked half written, and was left alone for long enough all the same. */
  readonly isTrusted: boolean;
}

/** A file that may be in the writing. */
interface Changing {
  readonly name: string;
  /** When it was seen to be written first, and when it will have been left alone for long enough. */
  readonly since: number;
  readonly quietAt: number;
  readonly version: string | undefined;
  readonly isTrusted: boolean;
}

/** How a file is left alone before it is looked into. */
export interface Wait {
  /** For how long, in milliseconds. */
  readonly ms?: number;
  /** The state it must still be in then. */
  readonly version?: string;
  /** Whether it is believed to be whole then, whatever it looks like. */
  readonly isTrusted?: boolean;
}

/** The files that may hold the next picture: the newest that is done, and the newest that is being written. */
export class Candidates {
  #ready: Candidate | undefined;
  #changing: Changing | undefined;

  /** When the file that is being written will have been left alone for long enough, by `performance.now()`. */
  get nextAt(): number {
    return this.#changing?.quietAt ?? Infinity;
  }

  /** Whether there is none, now and soon. */
  get areNone(): boolean {
    return this.#ready === undefined && this.#changing === undefined;
  }

  /** Takes up that a file is done: it was renamed to its name, or closed. */
  done(name: string, by: FileEventKind & Candidate["by"]): void {
    const isChanging = this.#changing?.name === name;
    this.#ready = { name, by, isNew: by === "moved" || isChanging, version: undefined, isTrusted: false };
    if (isChanging) this.#changing = undefined;
  }

  /** Takes up that a file is being written; for how long that goes on, in milliseconds. */
  written(name: string): number {
    const now = performance.now();
    const since = this.#changing?.name === name ? this.#changing.since : now;
    this.#changing = { name, since, quietAt: now + SETTLED_MS, version: undefined, isTrusted: false };
    // What was whole is being written again.
    if (this.#ready?.name === name) this.#ready = undefined;
    return now - since;
  }

  /** Takes up a file that nobody told of, unless one is told of. */
  found(name: string, { ms = SETTLED_MS, version, isTrusted = false }: Wait): void {
    const since = performance.now();
    this.#changing ??= { name, since, quietAt: since + ms, version, isTrusted };
  }

  /** The next one to be looked into. */
  take(): Candidate | undefined {
    const ready = this.#ready;
    this.#ready = undefined;
    if (ready !== undefined) return ready;
    const changing = this.#changing;
    if (changing === undefined || changing.quietAt > performance.now()) return undefined;
    this.#changing = undefined;
    const { name, version, isTrusted } = changing;
    return { name, by: "quiet", isNew: false, version, isTrusted };
  }

  /** Whether a file was closed, after it was written to or not. Forgets it. */
  takeReady(name: string): boolean {
    if (this.#ready?.name !== name) return false;
    this.#ready = undefined;
    return true;
  }

  /** Whether a file was written to since it was taken. One that another was renamed over was read as it was. */
  isWritten(name: string): boolean {
    const ready = this.#ready;
    return this.#changing?.name === name || (ready?.name === name && ready.by === "closed" && ready.isNew);
  }

  /** Forgets all. */
  clear(): void {
    this.#ready = undefined;
    this.#changing = undefined;
  }
}
