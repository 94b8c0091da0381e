import assert from "node:assert/strict";
import test from "node:test";
import { Kept } from "../src/core/kept.ts";

/** Things that weigh what they are told to, by a clock that the test sets. */
function shelf() {
  const clock = { now: 0 };
  const made: string[] = [];
  const kept = new Kept<number>({
    mostBytes: 50_000,
    largestBytes: 20_000,
    unusedMs: 1_000,
    bytesOf: (value) => value,
    now: () => clock.now,
  });
  const get = (name: string, bytes = 10_000) =>
    kept.get(name, async () => {
      made.push(name);
      return bytes;
    });
  return { clock, made, kept, get };
}

test("a thing is made once for all who ask, meanwhile and soon after", async () => {
  const { clock, made, get } = shelf();

  await Promise.all([get("a"), get("a")]);
  clock.now = 999;
  await get("a");
  clock.now = 1_998;
  await get("a");

  assert.deepEqual(made, ["a"]);
});

test("what nobody asked for in a while is dropped when anything is asked for", async () => {
  const { clock, made, kept, get } = shelf();
  await get("a");
  await get("b");
  clock.now = 500;
  await get("b");
  clock.now = 1_000;

  void kept.find("c");
  const bytes = kept.bytes;
  await get("a");

  assert.equal(bytes, 11_000);
  assert.deepEqual(made, ["a", "b", "a"]);
});

test("all together have so many bytes at most, small ones counted as more, and those used longest ago go first", async () => {
  const { made, kept, get } = shelf();
  for (const name of ["a", "b", "c", "d"]) await get(name);
  await get("a");
  await get("e");
  await Promise.all(["a", "c", "d", "e"].map((name) => get(name)));
  const withoutOne = [...made];

  for (let count = 0; count < 1_000; count++) await get(`small${count}`, 0);

  assert.deepEqual(withoutOne, ["a", "b", "c", "d", "e"]);
  assert.equal(kept.find("b"), undefined);
  assert.ok(kept.bytes <= 50_000, `${kept.bytes} bytes`);
});

test("what is large is given to all who ask meanwhile, and not kept", async () => {
  const { made, kept, get } = shelf();
  await get("small");

  assert.deepEqual(await Promise.all([get("a", 20_001), get("a", 20_001)]), [20_001, 20_001]);
  await get("a", 20_001);

  assert.deepEqual(made, ["small", "a", "a"]);
  assert.equal(kept.bytes, 11_000);
  assert.ok(kept.find("small"));
});

test("what fails is told to all who asked meanwhile, and tried again by the next", async () => {
  const { kept, get } = shelf();
  const fail = () => kept.get("a", () => Promise.reject(new Error("no ink")));

  const outcomes = await Promise.allSettled([fail(), fail()]);

  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(await get("a"), 10_000);
});
