import { createRequire } from "node:module";
import { MjpegError } from "../core/errors.ts";

/** What the module sharp exports. */
export type Sharp = typeof import("sharp").default;

let loading: Promise<Sharp> | undefined;
let missing: MjpegError | undefined;

/**
 * The module that decodes and encodes pictures, loaded by the first call: a server that only relays never pays for it.
 * @throws MjpegError `ERR_MODULE_MISSING` where it is not installed.
 */
export function loadSharp(): Promise<Sharp> {
  loading ??= load();
  return loading;
}

/**
 * Says at once that the module is not there, without loading it. Where it is there for another machine only, that is
 * known after the first {@link loadSharp}.
 * @throws MjpegError `ERR_MODULE_MISSING`
 */
export function assertSharp(): void {
  if (loading === undefined) {
    try {
      createRequire(import.meta.url).resolve("sharp");
    } catch (error) {
      missing = isMissing(error);
    }
  }
  if (missing !== undefined) throw missing;
}

async function load(): Promise<Sharp> {
  let sharp: Sharp;
  try {
    sharp = (await import("sharp")).default;
  } catch (error) {
    missing = isMissing(error);
    throw missing;
  }
  // One thread a picture: several streams share the machine better than one picture does, and a frame is never asked for twice.
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

function isMissing(cause: unknown): MjpegError {
  return new MjpegError(
    "ERR_MODULE_MISSING",
    "pictures cannot be drawn or converted: the module sharp is not installed for this machine; run `npm install sharp`",
    { cause },
  );
}
