import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const MOST_BYTES = 12 * 1_024;
const file = new URL(import.meta.resolve("kinora/view"));

test("kinora/view is one file of at most 12 KiB with gzip, its worker in it, that needs no other", () => {
  const text = readFileSync(file, "utf8");

  assert.ok(gzipSync(text).length <= MOST_BYTES, `${gzipSync(text).length} bytes with gzip`);
  assert.doesNotMatch(text, /\bimport\s*[("'{*]|\bfrom\s*["']|kinora-view-worker/);
});

test("kinora/view tells its types", () => {
  const types = readFileSync(new URL("kinora-view.d.ts", file), "utf8");

  assert.match(types, /export declare class KinoraView extends/);
  assert.match(types, /interface HTMLElementTagNameMap/);
  assert.doesNotMatch(types, /\.ts"/);
  for (const [, other = ""] of types.matchAll(/from "\.\/([^"]+)\.js"/g))
    assert.notEqual(readFileSync(new URL(`${other}.d.ts`, file), "utf8"), "");
});

test("kinora/view can be loaded where there is no page", async () => {
  const module: object = (await import(file.href)) as object;

  assert.deepEqual(Object.keys(module), ["KinoraView"]);
});
