import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes of buffers that are held, after those that are held no more were given back. */
export async function memory(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Buffers of other libraries are given back by callbacks of their own, behind the collection.
  for (let times = 0; times < 3; times++) {
    collect();
    await nextTurn();
  }
  return process.memoryUsage().external;
}
