import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import test from "node:test";
import { floorProgram, putLoadOn, type Target } from "../bench/support/load.ts";
import { ServerProcess } from "../bench/support/server-process.ts";
import { Command } from "./support/command.ts";
import { largeJpeg } from "./support/jpeg-samples.ts";
import { temporaryFolder } from "./support/pictures.ts";
import { needs } from "./support/programs.ts";

const FPS = 30;
const VIEWERS = 200;

/**
 * Times the floor's processor time for the same bytes. Kinora stands at 1.2 to 1.6, on a busy machine too: twice the floor is a mistake, not noise.
 * What else the machine does spoils an attempt, but never makes an expensive server cheap: the best of a few counts.
 */
const MOST = 2;
const ATTEMPTS = 3;

const isLinux = process.platform === "linux";
const needed = isLinux ? needs("cc") : { skip: "the load and the floor use what only Linux has" };

test("200 viewers cost at most twice what the same bytes cost a bare C program", needed, async (t) => {
  const folder = await temporaryFolder(t);
  const files = Array.from({ length: 20 }, (_, number) => path.join(folder, `${number}.jpg`));
  for (const [number, file] of files.entries()) await writeFile(file, largeJpeg(45_000, number + 1));
  const floor = await startFloor(t, files);
  const kinora = await startKinora(t, folder);

  await costOf(kinora); // until its code is compiled

  const ratios: number[] = [];
  const isGood = () => ratios.some((ratio) => ratio <= MOST);
  while (!isGood() && ratios.length < ATTEMPTS) {
    const floorCost = await costOf(floor);
    ratios.push((await costOf(kinora)) / floorCost);
  }

  const found = ratios.map((ratio) => ratio.toFixed(2)).join(", ");
  t.diagnostic(`${found} times the floor`);
  assert.ok(isGood(), `in ${ATTEMPTS} attempts Kinora cost ${found} times the floor`);
});

async function startFloor(t: test.TestContext, files: readonly string[]): Promise<Target> {
  const server = new ServerProcess(await floorProgram(), [String(FPS), ...files]);
  t.after(() => server.stop());
  return { pid: server.pid, port: await server.portTold(/^(\d+)\n/), path: "/" };
}

async function startKinora(t: test.TestContext, folder: string): Promise<Target> {
  const { command, port } = await Command.serve(t, [`bench=folder:${folder}?fps=${FPS}`]);
  return { pid: command.child.pid ?? 0, port, path: "/streams/bench/live.mjpeg" };
}

/** CPU seconds a delivered GB. */
async function costOf(target: Target): Promise<number> {
  const { cpuSecondsPerGb } = await putLoadOn(target, { viewers: VIEWERS, warmSeconds: 0.5, seconds: 1.3 });
  return cpuSecondsPerGb;
}
