// Watches a stream and prints, as JSON, when each picture was there, how old it was then, and how large it is:
//   node adapt-client.ts URL SECONDS
// Of every tenth picture it is checked, when all is over, that it can be decoded whole.
import { get, type IncomingMessage } from "node:http";
import sharp from "sharp";
import { readJpegInfo } from "../../src/core/jpeg-markers.ts";
import { parts } from "../../src/wire/index.ts";

/** A picture at a client. */
export interface Shown {
  /** When its last byte was there: milliseconds since the epoch. */
  readonly at: number;
  /** How old it was then, in milliseconds. */
  readonly ageMs: number;
  readonly bytes: number;
  /** Pixels across. */
  readonly width: number;
}

/** What a client saw. */
export interface Watched {
  readonly shown: readonly Shown[];
  /** Pictures that were no picture, of those that were checked. */
  readonly wrong: number;
}

const CHECKED = 10;

const [url = "", seconds] = process.argv.slice(2);
const shown: Shown[] = [];
const kept: Uint8Array[] = [];

get(url, { agent: false }, (response) => void watch(response));

async function watch(response: IncomingMessage): Promise<void> {
  setTimeout(() => response.destroy(), Number(seconds) * 1000);
  try {
    for await (const { headers, body } of parts(response, response.headers["content-type"] ?? null)) {
      const at = Date.now();
      const ageMs = at - Number(headers.get("x-timestamp")) * 1000;
      if (shown.length % CHECKED === 0) kept.push(body);
      shown.push({ at, ageMs, bytes: body.length, width: readJpegInfo(body)?.width ?? 0 });
    }
  } catch {
    // Cut by the clock above.
  }
  let wrong = 0;
  for (const picture of kept) {
    await sharp(picture, { failOn: "warning" })
      .stats()
      .catch(() => wrong++);
  }
  const watched: Watched = { shown, wrong };
  process.stdout.write(JSON.stringify(watched), () => process.exit());
}
