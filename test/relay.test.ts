import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { Command } from "./support/command.ts";
import { sameBytes } from "./support/pictures.ts";
import { stateOf } from "./support/status.ts";
import { Watcher, type WatchedPart } from "./support/watcher.ts";

const SIZE = "size=320x180";

function watch(t: TestContext, port: number, name: string): Watcher {
  const watcher = new Watcher(port, name);
  t.after(() => watcher.close());
  return watcher;
}

/** Place of the same picture, byte for byte, among others; -1 where it is not. */
function placeIn(others: readonly WatchedPart[], { jpeg }: WatchedPart): number {
  return others.findIndex((other) => sameBytes(other.jpeg, jpeg));
}

/** A relayed stream beside its original, from the first picture that came through. */
async function relayed(
  t: TestContext,
  fps: number,
  count: number,
): Promise<{ here: WatchedPart[]; there: Watcher }> {
  const origin = await Command.serve(t, [`card=test:?${SIZE}&fps=${fps}`]);
  const relay = await Command.serve(t, [`copy=${origin.url}/streams/card/live.mjpeg`]);
  const there = watch(t, origin.port, "card");
  const copy = watch(t, relay.port, "copy");
  // A placeholder may have been shown before.
  const isThere = (part: WatchedPart) => placeIn(there.parts, part) >= 0;
  const first = await copy.next(isThere, "a picture that came through", { from: 0 });
  const from = copy.parts.indexOf(first);
  const isLast = () => copy.parts.length >= from + count;
  const last = await copy.next(isLast, `${count} pictures`, { from: from + count - 1 });
  const here = copy.parts.slice(from, from + count);
  await there.next(({ jpeg }) => sameBytes(jpeg, last.jpeg), "the last picture at its origin", { from: 0 });
  return { here, there };
}

describe("a relay of another Kinora", { concurrency: 2 }, () => {
  test("every picture comes through byte for byte and in order", async (t) => {
    const { here, there } = await relayed(t, 30, 60);

    const places = here.map((part) => placeIn(there.parts, part));

    assert.ok(!places.includes(-1), `pictures that are not the original's: ${places.join(" ")}`);
    const rising = places.every((place, index) => index === 0 || place > (places[index - 1] ?? Infinity));
    assert.ok(rising, `out of order: ${places.join(" ")}`);
  });

  test("a relayed picture is not held back until the next one comes", async (t) => {
    const fps = 4;
    const { here, there } = await relayed(t, fps, 12);

    const delays = here.map(
      (part) => part.receivedAt - (there.parts[placeIn(there.parts, part)]?.receivedAt ?? 0),
    );

    const median = delays.toSorted((one, other) => one - other)[6] ?? Infinity;
    assert.ok(median < 1000 / fps / 2, `ms behind the original: ${delays.join(" ")}`);
  });

  for (const [how, signal] of [
    ["is killed", "SIGKILL"],
    ["is stopped", "SIGINT"],
  ] as const) {
    test(`when the relayed Kinora ${how} and started again, viewers stay and the picture returns`, async (t) => {
      const first = await Command.serve(t, [`card=test:?${SIZE}&fps=10`]);
      const relay = await Command.serve(t, [`copy=${first.url}/streams/card/live.mjpeg`]);
      const watcher = watch(t, relay.port, "copy");
      await stateOf(relay.url, "copy", "live");

      first.command.child.kill(signal);
      await first.command.exit;
      const { reason, viewers } = await stateOf(relay.url, "copy", "down");
      const again = await Command.serve(t, ["--port", String(first.port), `card=test:?${SIZE}&fps=10`]);
      const original = watch(t, again.port, "card");
      await stateOf(relay.url, "copy", "live");
      await watcher.next((part) => placeIn(original.parts, part) >= 0, "a new picture");

      assert.match(reason ?? "", new RegExp(`127\\.0\\.0\\.1:${first.port}`));
      assert.equal(viewers, 1);
      assert.equal(watcher.trouble, undefined);
    });
  }
});
