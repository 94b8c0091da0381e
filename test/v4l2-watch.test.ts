import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { noFakeCamera } from "./support/fakecam.ts";
import { loadLibc } from "../src/system/libc.ts";

const skip = noFakeCamera;

/** The two ends of a pipe that Node does not read by itself. */
function pipe(t: TestContext): { readonly reader: number; readonly writer: number } {
  const folder = mkdtempSync(path.join(os.tmpdir(), "kinora-pipe-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const name = path.join(folder, "pipe");
  assert.equal(spawnSync("mkfifo", [name]).status, 0);
  const reader = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(reader));
  return { reader, writer: openSync(name, constants.O_WRONLY) };
}

test("a descriptor is told as readable for as long as something is left to be read", { skip }, async (t) => {
  const { reader, writer } = pipe(t);
  const { promise: readTwice, resolve } = Promise.withResolvers<undefined>();
  let read = "";
  const stop = loadLibc("a test").watchReadable(reader, () => {
    const byte = Buffer.alloc(1);
    readSync(reader, byte);
    read += byte.toString();
    if (read.length === 2) resolve(undefined);
  });

  writeSync(writer, "ab");
  await readTwice;
  stop();
  closeSync(writer);

  assert.equal(read, "ab");
});

test("two descriptors are waited for at once, and each is told to its own listener", { skip }, async (t) => {
  const libc = loadLibc("a test");
  const pipes = [pipe(t), pipe(t)];
  const told: number[] = [];

  for (const at of [1, 0, 1]) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stops = pipes.map(({ reader }, which) =>
      libc.watchReadable(reader, () => {
        told.push(which);
        readSync(reader, Buffer.alloc(1));
        resolve(undefined);
      }),
    );
    writeSync(pipes[at]?.writer ?? -1, "x");
    await promise;
    stops.forEach((stop) => stop());
  }
  pipes.forEach(({ writer }) => closeSync(writer));

  assert.deepEqual(told, [1, 0, 1]);
});

test("a descriptor whose other end is closed is told too, as reading it says why", { skip }, async (t) => {
  const { reader, writer } = pipe(t);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = loadLibc("a test").watchReadable(reader, () => resolve(undefined));

  closeSync(writer);
  await promise;
  stop();

  assert.equal(readSync(reader, Buffer.alloc(1)), 0);
});

test("what a listener sets off goes on at once, not with the next event", { skip }, async (t) => {
  const { reader, writer } = pipe(t);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = loadLibc("a test").watchReadable(reader, () => {
    readSync(reader, Buffer.alloc(1));
    resolve(undefined);
  });
  let isLate = false;
  const timer = setTimeout(() => (isLate = true), 2_000);

  writeSync(writer, "x");
  await promise;

  assert.equal(isLate, false);
  clearTimeout(timer);
  stop();
  closeSync(writer);
});

test("nobody is told after the end of watching, and the process can end", { skip }, async () => {
  const program = `
    import { loadLibc } from ${JSON.stringify(import.meta.resolve("../src/system/libc.ts"))};
    const stop = loadLibc("a test").watchReadable(0, () => console.log("told"));
    setTimeout(() => { stop(); console.log("stopped"); }, 300);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => {
    output.push(bytes);
    // From now on its standard input can be read.
    child.stdin.write("x");
  });
  child.stdin.on("error", () => undefined);

  const [code] = (await once(child, "close")) as [number | null];

  assert.equal(code, 0);
  assert.equal(Buffer.concat(output).toString(), "stopped\n");
});
