import type { Readable } from "node:stream";

/** What is kept of a program's words: the end, where the reason stands. */
const KEPT_CHARACTERS = 4_096;
/** Of a longer line, the end is kept. */
const LONGEST_LINE = 1_024;
/** A program that writes more in so short a time waits as long: reading a flood must not take a whole core. */
const FLOOD_CHARACTERS = 32_768;
const FLOOD_MS = 10;

/** Keeps the end of a text that may go on without end. */
export class TextTail {
  #text = "";
  #line = "";
  #since = 0;
  #recentCharacters = 0;
  readonly #onLine: ((line: string) => void) | undefined;

  /** @param onLine told each line as it is complete; without it lines are not looked for. */
  constructor(text: Readable, onLine?: (line: string) => void) {
    this.#onLine = onLine;
    text.setEncoding("utf8");
    text.on("error", () => undefined); // its end is all there is to know
    text.on("data", (chunk: string) => {
      this.#text = (this.#text + chunk.slice(-KEPT_CHARACTERS)).slice(-KEPT_CHARACTERS);
      if (this.#onLine !== undefined) this.#split(chunk);
      if (!this.#isFlood(chunk.length)) return;
      text.pause();
      setTimeout(() => text.resume(), FLOOD_MS).unref();
    });
  }

  /** The lines that are kept, without empty ones, oldest first. What was overwritten with `\r` counts as a line, too. */
  lines(): readonly string[] {
    return this.#text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  }

  #isFlood(characters: number): boolean {
    const now = performance.now();
    if (now - this.#since > FLOOD_MS) {
      this.#since = now;
      this.#recentCharacters = 0;
    }
    this.#recentCharacters += characters;
    return this.#recentCharacters >= FLOOD_CHARACTERS;
  }

  #split(chunk: string): void {
    const lines = (this.#line + chunk).split(/[\r\n]+/);
    this.#line = (lines.pop() ?? "").slice(-LONGEST_LINE);
    for (const line of lines) if (line !== "") this.#onLine?.(line.slice(-LONGEST_LINE));
  }
}
