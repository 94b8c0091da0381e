// What a camera may see, as a sequence of pictures that are published by the clock.
import { setTimeout as sleep } from "node:timers/promises";
import type { PaintStream, Published } from "./paint-stream.ts";

/** A little off 30 fps, so that the pictures come at every moment between two refreshes of the screen. */
const STREAM_MS = 33.67;
/** A little off 1 fps, for the same reason. */
const SLOW_MS = 1_013;
/** Pictures before each pause of a scene that goes still. */
const BURST = 15;
/** Longer than anything that Kinora might send of its own in a pause. */
const PAUSE_MS = 800;

/** A running stream of 30 fps. Returns its pictures. */
export async function runStream(stream: PaintStream, pictures: number): Promise<Published[]> {
  return publishAll(stream, pictures, STREAM_MS);
}

/** 1 fps. Returns its pictures. */
export async function runSlowly(stream: PaintStream, pictures: number): Promise<Published[]> {
  return publishAll(stream, pictures, SLOW_MS);
}

/** 30 fps that stop, again and again. Returns the last picture before each pause. */
export async function goStill(stream: PaintStream, pauses: number): Promise<Published[]> {
  const last: Published[] = [];
  for (let pause = 0; pause < pauses; pause++) {
    last.push(...(await publishAll(stream, BURST, STREAM_MS)).slice(-1));
    await sleep(PAUSE_MS + (pause % 5) * 7);
  }
  return last;
}

/** The first at once, and time behind the last one for it to be seen. */
async function publishAll(stream: PaintStream, pictures: number, everyMs: number): Promise<Published[]> {
  const startedAt = performance.now();
  const published: Published[] = [];
  for (let index = 1; index <= pictures; index++) {
    published.push(stream.publish());
    const waitMs = startedAt + index * everyMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
  }
  return published;
}
