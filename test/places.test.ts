import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Places } from "../src/app/places.ts";
import { MjpegError } from "../src/core/errors.ts";

const STAYS = new AbortController().signal;
const FULL = { code: "ERR_TOO_MANY_VARIANTS" };

/** Two places, and three things that may be waited for; tells who came in, in order. */
function twoPlaces(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const full = () => new MjpegError("ERR_TOO_MANY_VARIANTS", "full");
  const places = new Places({ most: 2, mostWaiting: 3, full });
  const came: string[] = [];
  const leaves = new Map<string, () => void>();
  const wait = async (thing: string, { name = thing, waitMs = 1_000, signal = STAYS } = {}) => {
    leaves.set(name, await places.wait(thing, waitMs, signal));
    came.push(name);
  };
  const leave = async (name: string) => {
    leaves.get(name)?.();
    await nextTurn();
  };
  for (const thing of ["a", "b"]) leaves.set(thing, places.enter(thing) ?? assert.fail("it is not full yet"));
  return { places, came, wait, leave };
}

test("a place is shared by all who want the same, and free when the last of them has left", async (t) => {
  const { places, leave } = twoPlaces(t);
  const also = places.enter("a");

  await leave("a");
  await leave("a");
  const whileShared = places.enter("c");
  also?.();

  assert.ok(also);
  assert.equal(whileShared, undefined);
  assert.ok(places.enter("c"));
  assert.equal(places.enter("d"), undefined);
});

test("those who wait come in in order, with all who wait for the same, also before those who want what is there", async (t) => {
  const { places, came, wait, leave } = twoPlaces(t);
  const waits = [wait("c"), wait("d"), wait("c", { name: "c2" }), wait("a", { name: "a2" })];
  const atOnce = places.enter("a");
  await leave("a");
  const afterOne = [...came];

  await leave("c");
  await leave("c2");
  await leave("b");

  assert.equal(atOnce, undefined);
  assert.deepEqual(afterOne, ["c", "c2"]);
  assert.deepEqual(came, ["c", "c2", "d", "a2"]);
  await Promise.all(waits);
});

test("who waited too long, left, or came when too many waited is told so, and holds nobody up", async (t) => {
  const { came, wait, leave } = twoPlaces(t);
  const left = new AbortController();
  const lost = [
    assert.rejects(wait("c", { signal: left.signal }), FULL),
    assert.rejects(wait("d", { waitMs: 500 }), FULL),
  ];
  const patient = wait("a", { name: "a2", waitMs: 5_000 });
  await assert.rejects(wait("e"), FULL);
  await assert.rejects(wait("a", { waitMs: 0 }), FULL);
  await assert.rejects(wait("a", { signal: AbortSignal.abort() }), FULL);

  left.abort();
  t.mock.timers.tick(500);
  await Promise.all(lost);
  await patient;
  const next = wait("f");
  await leave("a");
  const whileShared = [...came];
  await leave("a2");
  await next;

  assert.deepEqual(whileShared, ["a2"]);
  assert.deepEqual(came, ["a2", "f"]);
});
