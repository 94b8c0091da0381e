import path from "node:path";
import { inspect } from "node:util";

/** Most lines shown of one failure, or of what one file printed. */
const MAX_LINES = 80;

/**
 * Tells how a test run went: a line for each file, with its failures below it, and the totals.
 * @typedef {{ title: string, reason: string }} Skipped
 */
export class TestReport {
  failed = false;
  /** @type {Skipped[]} */
  skipped = [];

  /** @type {string} */
  #root;
  /** @type {Map<string, { failures: string[], output: string }>} */
  #files = new Map();
  /** @type {string[]} */
  #failedTitles = [];
  /** @type {string[]} */
  #totals = [];

  /** @param {string} root folder that file names are shown from */
  constructor(root) {
    this.#root = root;
  }

  /** @param {import("node:test/reporters").TestEvent} event */
  take(event) {
    switch (event.type) {
      case "test:pass":
        return this.#pass(event.data);
      case "test:fail":
        return this.#fail(event.data);
      case "test:stdout":
      case "test:stderr":
        this.#of(event.data.file).output += event.data.message;
        return;
      case "test:diagnostic":
        if (event.data.file === undefined) this.#totals.push(`ℹ ${event.data.message}`);
        else this.#of(event.data.file).output += `${event.data.message}\n`;
        return;
      case "test:summary":
        if (event.data.file !== undefined) this.#endOfFile(event.data.file, event.data);
        else if (!event.data.success) this.failed = true;
    }
  }

  /** The closing lines: what failed, by name, and the counts as node's own reporter words them. */
  totals() {
    return [...this.#failedTitles.map((title) => `Failed: ${title}`), "", ...this.#totals];
  }

  /**
   * How many tests were skipped for each key that a reason leads to.
   * @param {(reason: string) => string | undefined} key
   */
  skippedFor(key) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const { reason } of this.skipped) {
      const name = key(reason);
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  /** @param {import("node:test").EventData.TestPass} test */
  #pass({ name, file, skip }) {
    if (skip === undefined || skip === false) return;
    const reason = typeof skip === "string" && skip !== "" ? skip : "no reason given";
    this.skipped.push({ title: `${this.#name(file)}: ${name}`, reason });
  }

  /** @param {import("node:test").EventData.TestFail} test */
  #fail({ name, file, line, details }) {
    this.failed = true;
    if (file !== undefined && path.resolve(name) === file) return this.#brokenFile(file);
    const { failureType, cause } = /** @type {Error & { failureType?: string }} */ (details.error);
    if (failureType === "subtestsFailed") return; // they have been told already
    const title = `${this.#name(file)}:${line}: ${name}`;
    this.#failedTitles.push(title);
    this.#of(file).failures.push(`  ✗ ${name} (line ${line})\n${indent(explain(cause))}`);
  }

  /**
   * The file's process failed beside its tests: it could not be loaded, ended early, or threw when no test ran.
   * @param {string} file
   */
  #brokenFile(file) {
    const { output } = this.#of(file);
    this.#failedTitles.push(`${this.#name(file)}: the file itself`);
    print(
      `✗ ${this.#name(file)}: the file itself failed: not loaded, ended early, or an error outside its tests`,
    );
    print(indent(shorten(output.trimEnd())));
    this.#files.delete(file);
  }

  /**
   * @param {string} file
   * @param {import("node:test").EventData.TestSummary} summary
   */
  #endOfFile(file, { counts, duration_ms: ms }) {
    const { failures, output } = this.#of(file);
    const mark = failures.length === 0 ? "✓" : "✗";
    print(`${mark} ${this.#name(file)} ${counts.tests} tests ${(ms / 1000).toFixed(1)} s`);
    for (const failure of failures) print(failure);
    if (failures.length > 0 && output !== "")
      print(`  what the file printed:\n${indent(shorten(output.trimEnd()))}`);
    if (failures.length > 0) this.#files.delete(file);
  }

  /** @param {string | undefined} file */
  #of(file = "") {
    let record = this.#files.get(file);
    if (record === undefined) this.#files.set(file, (record = { failures: [], output: "" }));
    return record;
  }

  /** @param {string | undefined} file */
  #name(file = "") {
    return path.relative(this.#root, file);
  }
}

/**
 * The error with its stack, less Node's own part of it and what an assertion repeats of its message.
 * @param {unknown} cause
 */
function explain(cause) {
  const text = inspect(cause).replace(/ \{\n +generatedMessage:[^]*/, "");
  return shorten(text.replace(/\n +at .*\bnode:.*/g, ""));
}

/** @param {string} text */
function shorten(text) {
  const lines = text.split("\n");
  return lines.length <= MAX_LINES ? text : [...lines.slice(0, MAX_LINES), "…"].join("\n");
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^(?=.)/gm, "    ");
}

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}
