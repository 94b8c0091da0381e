import assert from "node:assert/strict";
import test from "node:test";
import type { Frame } from "../src/core/frame.ts";
import { Hub, resolveHubOptions, type Subscriber } from "../src/core/hub.ts";

class Collector implements Subscriber {
  readonly seen: number[] = [];
  ended = 0;

  offer(frame: Frame): void {
    this.seen.push(frame.sequence);
  }

  end(): void {
    this.ended++;
  }
}

function image(): { jpeg: Uint8Array; capturedAt: number } {
  return { jpeg: new Uint8Array([0xff, 0xd8]), capturedAt: 0 };
}

test("frames are numbered from 0 and offered to everyone attached", () => {
  const hub = new Hub();
  const early = new Collector();
  const late = new Collector();

  hub.attach(early);
  hub.publish(image());
  hub.attach(late);
  hub.publish(image());

  assert.deepEqual(early.seen, [0, 1]);
  assert.deepEqual(late.seen, [1]);
  assert.equal(hub.latest?.sequence, 1);
});

test("whoever leaves is offered nothing more", () => {
  const hub = new Hub();
  const subscriber = new Collector();
  const leave = hub.attach(subscriber);

  hub.publish(image());
  leave();
  leave();
  hub.publish(image());

  assert.deepEqual(subscriber.seen, [0]);
  assert.equal(hub.size, 0);
});

test("whoever comes or leaves during a publish changes nothing for the others, and counts from the next one", () => {
  const hub = new Hub();
  const late = new Collector();
  const leaves: (() => void)[] = [];
  const changing = {
    offer: () => {
      hub.attach(late);
      leaves[0]?.();
    },
    end: () => undefined,
  };
  leaves.push(hub.attach(changing));
  const others = Array.from({ length: 5 }, () => new Collector());
  for (const other of others) leaves.push(hub.attach(other));

  hub.publish(image());
  hub.publish(image());
  hub.end();

  for (const other of others) assert.deepEqual([other.seen, other.ended], [[0, 1], 1]);
  assert.deepEqual([late.seen, late.ended], [[1], 1]);
});

test("who has joined already has joined once", () => {
  const hub = new Hub();
  const subscriber = new Collector();
  hub.attach(subscriber);
  const leave = hub.attach(subscriber);

  hub.publish(image());
  leave();
  hub.publish(image());

  assert.deepEqual(subscriber.seen, [0]);
});

test("many who come and go at once cost little each, however many there are", () => {
  const count = 40_000;
  const hub = new Hub({ maxSubscribers: count });

  const from = performance.now();
  const leaves = Array.from({ length: count }, () => hub.attach(new Collector()));
  hub.publish(image());
  for (const leave of leaves) leave();
  const ms = performance.now() - from;

  assert.equal(hub.size, 0);
  // Some 20 ms; where each of them makes a new list it is seconds.
  assert.ok(ms < 1_500, `${ms.toFixed(0)} ms`);
});

test("a forgotten frame is not the latest any more, and its number is never used again", () => {
  const hub = new Hub();

  hub.publish(image());
  hub.forget();

  assert.equal(hub.latest, undefined);
  assert.equal(hub.publish(image()).sequence, 1);
});

test("end() ends those attached once and lets others join later", () => {
  const hub = new Hub();
  const first = new Collector();
  const second = new Collector();
  hub.attach(first);

  hub.end();
  hub.end();
  hub.attach(second);
  hub.publish(image());

  assert.equal(first.ended, 1);
  assert.deepEqual(first.seen, []);
  assert.deepEqual(second.seen, [0]);
});

test("a closed hub refuses everyone", () => {
  const hub = new Hub();
  hub.close();

  assert.throws(() => hub.publish(image()), { code: "ERR_HUB_CLOSED" });
  assert.throws(() => hub.attach(new Collector()), { code: "ERR_HUB_CLOSED" });
});

test("one subscriber too many is refused, and has room when another leaves", () => {
  const hub = new Hub({ maxSubscribers: 1 });
  const leave = hub.attach(new Collector());

  assert.throws(() => hub.attach(new Collector()), { code: "ERR_HUB_FULL" });
  leave();
  hub.attach(new Collector());

  assert.equal(hub.size, 1);
});

test("a bad option is named together with its range, its unit and what was given", () => {
  assert.throws(() => resolveHubOptions({ maxSubscribers: 0 }), {
    code: "ERR_OPTION_INVALID",
    message: "hub.maxSubscribers must be an integer from 1 to 1000000 (subscribers), got 0",
  });
});

test("nobody is always the first or always the last", () => {
  const hub = new Hub();
  let order: number[] = [];
  for (let index = 0; index < 10; index++) {
    hub.attach({ offer: () => void order.push(index), end: () => undefined });
  }
  const firsts: number[] = [];
  const lasts: number[] = [];

  for (let number = 0; number < 1_000; number++) {
    order = [];
    hub.publish(image());
    assert.equal(new Set(order).size, 10);
    firsts.push(order.at(0) ?? -1);
    lasts.push(order.at(-1) ?? -1);
  }

  for (const places of [firsts, lasts]) {
    for (let index = 0; index < 10; index++) {
      const count = places.filter((each) => each === index).length;
      assert.ok(count > 80 && count < 120, `${index} was there ${count} times of 1000`);
    }
  }
});
