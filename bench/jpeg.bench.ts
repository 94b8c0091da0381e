// What looking at a JPEG costs: reading its head, and telling whether it is whole. Both happen to every frame of a camera.
//   node bench/jpeg.bench.ts [--quick]
import assert from "node:assert/strict";
import { isWholeJpeg, readJpegInfo } from "../src/core/jpeg-markers.ts";
import { cut, join, largeJpeg, withComment } from "../test/support/jpeg-samples.ts";
import { QUICK, report, reportMachine } from "./support/report.ts";

/** As many different ones, so that the processor has them not always at hand. */
const PICTURES = Array.from({ length: 20 }, (_, seed) =>
  withComment(largeJpeg(100_000, seed + 1), `N:${seed}`),
);
/** Some cameras fill their buffers up behind the end. */
const PADDED = PICTURES.map((jpeg) => join(jpeg, new Uint8Array(64)));
const CUT = PICTURES.map((jpeg) => cut(jpeg, 0.5));

const FAST = QUICK ? 20_000 : 400_000;
/** Where the end has to be looked for, all of the picture is read. */
const SLOW = QUICK ? 200 : 4_000;

let right = 0;

/** Asks about one picture after the other and counts the right answers. */
async function ask(name: string, count: number, isRight: (index: number) => boolean): Promise<void> {
  right = 0;
  const { runs } = await report(name, { unit: "1000 pictures", count: count / 1000 }, () => {
    for (let index = 0; index < count; index++) if (isRight(index % PICTURES.length)) right++;
  });

  assert.equal(right, count * runs);
}

reportMachine();
const none = new Uint8Array();
await ask("readJpegInfo", FAST, (index) => readJpegInfo(PICTURES[index] ?? none)?.width === 32);
await ask("isWholeJpeg", FAST, (index) => isWholeJpeg(PICTURES[index] ?? none));
await ask("isWholeJpeg, 100 KB with padding", SLOW, (index) => isWholeJpeg(PADDED[index] ?? none));
await ask("isWholeJpeg, the first half of 100 KB", SLOW, (index) => !isWholeJpeg(CUT[index] ?? none));
