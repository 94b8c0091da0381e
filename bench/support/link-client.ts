// Watches a stream and prints, as JSON, how old each picture is when its last byte is here:
//   node link-client.ts URL SECONDS WARM_UP_SECONDS PICTURES
// PICTURES is the folder of the camera's pictures: every one that comes must be one of them, byte by byte.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import path from "node:path";
import { frames } from "../../src/wire/index.ts";

/** What a client saw. */
export interface Seen {
  /** How old each picture was, in milliseconds. */
  readonly ages: number[];
  /** Bytes of pictures. */
  bytes: number;
  /** Pictures that no camera took, or that were damaged. */
  wrong: number;
}

/** The comment that the camera writes behind the start of each picture: `TS:<seconds>`. */
const STAMP_BYTES = 40;

const [url = "", seconds, warmUpSeconds, folder = ""] = process.argv.slice(2);
const known = new Set(readdirSync(folder).map((name) => digest(readFileSync(path.join(folder, name)))));
const seen: Seen = { ages: [], bytes: 0, wrong: 0 };

get(url, { agent: false }, (response) => void watch(response));

async function watch(response: IncomingMessage): Promise<void> {
  const from = Date.now() + Number(warmUpSeconds) * 1000;
  const to = from + Number(seconds) * 1000;
  setTimeout(finish, to + 3_000 - Date.now()).unref();
  for await (const jpeg of frames(response, response.headers["content-type"] ?? null)) {
    const now = Date.now();
    if (now >= to) break;
    if (now >= from) note(jpeg, now);
  }
  finish();
}

function note(jpeg: Uint8Array, now: number): void {
  const stamp = Buffer.from(jpeg.subarray(6, 2 + STAMP_BYTES)).toString("latin1");
  const plain = Buffer.concat([jpeg.subarray(0, 2), jpeg.subarray(2 + STAMP_BYTES)]);
  if (!stamp.startsWith("TS:") || !known.has(digest(plain))) {
    seen.wrong++;
    return;
  }
  seen.ages.push(now - Number.parseFloat(stamp.slice(3)) * 1000);
  seen.bytes += jpeg.length;
}

function finish(): void {
  process.stdout.write(JSON.stringify(seen), () => process.exit());
}

function digest(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("base64");
}
