import assert from "node:assert/strict";
import test from "node:test";
import { Demand } from "../src/core/demand.ts";
import { RateMeter } from "../src/core/rate-meter.ts";

/** Timers that fire when the test says so. */
class ManualTimers {
  readonly pending = new Set<() => void>();

  set(callback: () => void): unknown {
    this.pending.add(callback);
    return callback;
  }

  clear(handle: unknown): void {
    for (const callback of this.pending) if (callback === handle) this.pending.delete(callback);
  }

  fire(): void {
    for (const callback of [...this.pending]) {
      this.pending.delete(callback);
      callback();
    }
  }
}

function demandWith(lingerMs: number): { demand: Demand; timers: ManualTimers; calls: string[] } {
  const calls: string[] = [];
  const timers = new ManualTimers();
  const actions = { start: () => void calls.push("start"), stop: () => void calls.push("stop") };
  return { demand: new Demand(actions, lingerMs, timers), timers, calls };
}

test("the first wish starts and the last one stops, after lingering", () => {
  const { demand, timers, calls } = demandWith(5_000);

  const first = demand.acquire();
  const second = demand.acquire();
  first();
  second();
  assert.deepEqual(calls, ["start"]);
  timers.fire();

  assert.deepEqual(calls, ["start", "stop"]);
  assert.equal(demand.on, false);
});

test("a wish during the linger time keeps everything running", () => {
  const { demand, timers, calls } = demandWith(5_000);

  demand.acquire()();
  demand.acquire();
  timers.fire();

  assert.deepEqual(calls, ["start"]);
  assert.equal(timers.pending.size, 0);
});

test("taking one wish back twice counts once", () => {
  const { demand, timers, calls } = demandWith(0);
  const first = demand.acquire();
  demand.acquire();

  first();
  first();
  timers.fire();

  assert.deepEqual(calls, ["start"]);
});

test("close() stops at once, and what is taken back afterwards does no harm", () => {
  const { demand, timers, calls } = demandWith(5_000);
  const release = demand.acquire();

  demand.close();
  release();
  timers.fire();
  demand.acquire();

  assert.deepEqual(calls, ["start", "stop", "start"]);
});

test("the rate is measured over two seconds and falls to nothing by itself", () => {
  let now = 1_000;
  const meter = new RateMeter(() => now);

  for (let frame = 0; frame < 90; frame++) {
    meter.mark();
    now += 1000 / 30;
  }
  const running = meter.fps;
  now += 5_000;

  assert.ok(Math.abs(running - 30) < 1, `measured ${running}`);
  assert.equal(meter.fps, 0);
});

test("the rate is right from the first second on", () => {
  let now = 50;
  const meter = new RateMeter(() => now);

  for (let frame = 0; frame < 20; frame++) {
    meter.mark();
    now += 50;
  }

  assert.ok(Math.abs(meter.fps - 20) < 1.5, `measured ${meter.fps}`);
});
