import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parseAddress } from "../../src/sources/address.ts";
import { openExec } from "../../src/sources/pipe/exec-source.ts";
import type { Source } from "../../src/sources/source.ts";
import { picture, temporaryFolder } from "./pictures.ts";
import { Player } from "./player.ts";

/** For tests whose commands only a POSIX shell runs. */
export const POSIX: { skip: string | false } = {
  skip: process.platform === "win32" ? "the commands are those of a POSIX shell" : false,
};

/** The `exec:` source of a command. */
export const openCommand = (command: string): Source =>
  openExec(parseAddress(`exec:${command}`, () => "text"));

/** Plays what a command writes. */
export const play = (t: TestContext, command: string): Player => new Player(t, openCommand(command));

/** Small JPEGs that no other number gives: their width is the number. */
export const jpegs = (...widths: number[]): Promise<Buffer[]> =>
  Promise.all(widths.map((width) => picture("jpeg", width, 16, [width, 90, 90])));

/** A file in a folder of its own, which commands read. */
export async function file(t: TestContext, bytes: Uint8Array | string, name = "output"): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  await writeFile(path, bytes);
  return path;
}

/** A command that writes files one after another, with time between them, so that each picture is seen. */
export async function slowly(t: TestContext, pieces: readonly Uint8Array[]): Promise<string> {
  const paths = [];
  for (const piece of pieces) paths.push(await file(t, piece));
  return paths.map((path) => `cat ${path}; sleep 0.02`).join("; ");
}
