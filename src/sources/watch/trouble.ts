import { SourceError } from "../../core/errors.ts";
import type { SourceReport } from "../source.ts";

/** What cannot be shown for this long is not in the writing: it is broken, or written without a pause. */
const PATIENCE_MS = 2_000;

/** Who replaces a file may remove it first. */
const ABSENCE_MS = 1_000;

/** Files that are named when they are passed over; further ones are only counted. */
const MOST_NAMED = 20;

interface Pending {
  readonly at: number;
  tell(): void;
}

/** Tells what is wrong with a watched path: once, and not before it is sure that it will not heal by itself at once. */
export class Trouble {
  readonly #path: string;
  readonly #report: SourceReport;
  readonly #named = new Set<string>();
  #showing = false;
  #told = "";
  #absence: Pending | undefined;
  #failure: Pending | undefined;

  constructor(path: string, report: SourceReport) {
    this.#path = path;
    this.#report = report;
  }

  /** Whether a picture is on that nothing has taken away. */
  get showing(): boolean {
    return this.#showing;
  }

  /** Whether something was found wrong since the last picture. */
  get pending(): boolean {
    return this.#absence !== undefined || this.#failure !== undefined || !this.#showing;
  }

  /** When {@link tellDue} has something to tell, by `performance.now()`. */
  get nextAt(): number {
    return Math.min(this.#absence?.at ?? Infinity, this.#failure?.at ?? Infinity);
  }

  /** A picture is shown. */
  shown(): void {
    this.#showing = true;
    this.#told = "";
    this.#failure = undefined;
    this.#absence = undefined;
  }

  /** Something is there. */
  present(): void {
    this.#absence = undefined;
  }

  /** Nothing is there. Told at once where there was no picture before. */
  absent(reason: SourceError): void {
    const tell = () => {
      this.#showing = false;
      this.#wait(reason);
    };
    if (this.#showing) this.#absence = { at: this.#absence?.at ?? performance.now() + ABSENCE_MS, tell };
    else tell();
  }

  /** A file is there that cannot be shown. Told at once, unless it `mayHeal`. */
  unfit(name: string, why: string, mayHeal: boolean): void {
    const tell = () => this.#passOver(name, why);
    if (mayHeal) this.#failure = { at: this.#failure?.at ?? performance.now() + PATIENCE_MS, tell };
    else tell();
  }

  /** Tells what has waited long enough. */
  tellDue(): void {
    const now = performance.now();
    const due = [this.#failure, this.#absence].filter(
      (pending) => pending !== undefined && pending.at <= now,
    );
    if (this.#failure !== undefined && this.#failure.at <= now) this.#failure = undefined;
    if (this.#absence !== undefined && this.#absence.at <= now) this.#absence = undefined;
    for (const pending of due) pending?.tell();
  }

  #passOver(name: string, why: string): void {
    this.#report.dropped(1);
    if (!this.#named.has(name) && this.#named.size <= MOST_NAMED) {
      this.#named.add(name);
      this.#report.note(
        this.#named.size > MOST_NAMED
          ? "more files are passed over; they are counted and no longer named"
          : `${JSON.stringify(name)} is passed over: ${why}`,
      );
    }
    if (this.#showing) return;
    const text = `${this.#path}: ${JSON.stringify(name)} cannot be shown: ${why}; the next picture is`;
    this.#wait(new SourceError("ERR_IMAGE_INVALID", text, { retryable: true }));
  }

  #wait(reason: SourceError): void {
    if (this.#told === reason.message) return;
    this.#told = reason.message;
    this.#report.waiting(reason);
  }
}
