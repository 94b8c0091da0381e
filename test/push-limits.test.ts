import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { ReadPace } from "../src/delivery/ingest/read-pace.ts";
import { BodyPublisher, pushServer } from "./support/publisher.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const SIZE = { "Content-Length": "1000000" };

test("a single picture that takes longer than 30 s is 408, however steadily it comes", async (t) => {
  const { url } = await pushServer(t);
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let begun = 0;
  const publisher = new BodyPublisher(t, `${url}/streams/door/snapshot.jpg`, {
    ...SIZE,
    Expect: "100-continue",
  });
  publisher.request.once("continue", () => begun++);
  const answer = publisher.answer();
  while (begun === 0) await nextTurn();

  for (let seconds = 0; seconds < 30; seconds += 10) {
    await publisher.send(RED);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    t.mock.timers.tick(10_001);
  }

  const { status, text } = await answer;
  t.mock.timers.reset();
  assert.equal(status, 408);
  assert.match(text, /^the body took longer than 30 s/);
});

test("eight single pictures may be on their way at once; one more is 503 until one has come", async (t) => {
  const { url } = await pushServer(t);
  const address = `${url}/streams/door/snapshot.jpg`;
  const put = () => fetch(address, { method: "PUT", body: RED });
  const slow = Array.from({ length: 8 }, () => new BodyPublisher(t, address, SIZE, "PUT"));
  await Promise.all(slow.map((each) => each.send(RED)));

  await until(async () => (await put()).status === 503, "a refusal");
  const refused = await put();
  slow[0]?.vanish();
  await until(async () => (await put()).status === 204, "a free place");

  assert.equal(refused.headers.get("retry-after"), "1");
  assert.match(await refused.text(), /^8 single pictures are being sent already; send it again in a moment/);
});

test("a single picture that would not be taken is 409 or 429 before its bytes come", async (t) => {
  const { url } = await pushServer(t);
  const upload = (name: string) =>
    new BodyPublisher(t, `${url}/streams/${name}/snapshot.jpg`, SIZE, "PUT").answer();
  const publisher = new BodyPublisher(t, `${url}/streams/door/live.mjpeg`);
  await publisher.send(RED);
  await until(async () => (await fetch(`${url}/streams/door/snapshot.jpg`)).ok, "its picture");
  for (let number = 0; number < 32; number++) {
    await fetch(`${url}/streams/made${number}/snapshot.jpg`, { method: "PUT", body: RED });
  }

  const taken = await upload("door");
  const other = await upload("main");
  const oneMore = await upload("more");

  assert.deepEqual([taken.status, other.status, oneMore.status], [409, 409, 429]);
  assert.match(taken.text, /^127\.0\.0\.1 publishes to "door" already/);
});

test("publishers that take more than half of the main thread rest together, and one of little work never", () => {
  const [greedy, costly, sane, large] = [new ReadPace(), new ReadPace(), new ReadPace(), new ReadPace()];
  const costing = (workMs: number) => ({ pictures: 1, bytes: 1_000, workMs });

  const first = greedy.restAfter(costing(40));
  const second = costly.restAfter(costing(260));
  const again = greedy.restAfter(costing(40));
  const small = sane.restAfter(costing(0.1));
  const read = large.restAfter({ pictures: 1, bytes: 5_000_000, workMs: 0 });

  assert.equal(first, 0, "a burst is no flood");
  assert.ok(second > 400 && second <= 510, `${second} ms`);
  assert.ok(again > 480 && again <= 590, `${again} ms`);
  assert.equal(small, 0);
  assert.ok(read > 30 && read <= 51, `reading bytes is work, too: ${read} ms`);
});
