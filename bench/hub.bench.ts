// What publishing a frame costs, by the number of subscribers: numbering it, and one call of each.
//   node bench/hub.bench.ts [--quick]
import assert from "node:assert/strict";
import { Hub, type Subscriber } from "../src/core/hub.ts";
import { largeJpeg } from "../test/support/jpeg-samples.ts";
import { QUICK, report, reportMachine } from "./support/report.ts";

const jpeg = largeJpeg(45_000);

/** Counts what it is offered, and whether that came in order. */
class Counter implements Subscriber {
  frames = 0;
  #next = 0;

  offer({ sequence }: { readonly sequence: number }): void {
    if (sequence !== this.#next++) throw new Error(`frame ${sequence} out of order`);
    this.frames++;
  }

  end(): void {}
}

reportMachine();
for (const [subscribers, publishes] of [
  [1, 1_000_000],
  [100, 30_000],
  [1_000, 3_000],
  [10_000, 300],
] as const) {
  const count = QUICK ? publishes / 10 : publishes;
  const hub = new Hub();
  const counters = Array.from({ length: subscribers }, () => new Counter());
  for (const counter of counters) hub.attach(counter);
  const name = `hub with ${subscribers} subscribers`;
  const { runs } = await report(name, { unit: "1000 frames", count: count / 1000 }, () => {
    for (let index = 0; index < count; index++) hub.publish({ jpeg, capturedAt: index });
  });

  // A fast wrong answer is worthless: each must have been offered every frame.
  assert.equal(hub.published, count * runs);
  assert.ok(counters.every(({ frames }) => frames === count * runs));
}
