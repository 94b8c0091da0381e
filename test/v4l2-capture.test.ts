import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { fakeCamera, noFakeCamera, type FakeCamera, type FakeCameraOptions } from "./support/fakecam.ts";
import { runCapture, type RunningCapture } from "./support/fakecam/run-capture.ts";

const skip = noFakeCamera;

async function camera(t: TestContext, options: FakeCameraOptions = {}): Promise<FakeCamera> {
  const made = await fakeCamera({ size: "320x240", ...options });
  t.after(() => made.close());
  return made;
}

// Most of these wait for a clock, so two at a time.
describe("a camera", { concurrency: 2, skip }, () => {
  test("a camera's pictures come at its rate, whole, in order, with the driver's time of capture", async (t) => {
    const run = runCapture(t, await camera(t, { size: "1280x720", stamp: true }), {
      address: "camera:/dev/video0",
      pictures: 40,
    });

    await run.wait("end");

    const pictures = run.all("picture");
    const dropped = droppedBetweenPictures(run);
    const [first, last] = [pictures[0], pictures.at(-1)];
    assert.equal(pictures.length, 40);
    assert.equal((last?.number ?? 0) - (first?.number ?? 0), 39 + dropped);
    assert.ok(pictures.every(({ size, hasTables }) => size === "1280x720" && hasTables));
    const seconds = ((last?.capturedAt ?? 0) - (first?.capturedAt ?? 0)) / 1000;
    assert.ok(Math.abs((39 + dropped) / seconds - 30) < 3, `${seconds} s`);
    // The camera wrote the time of day into each picture when it took it.
    const apart = pictures.map(({ capturedAt, stampedAt = 0 }) => Math.abs(capturedAt - stampedAt));
    assert.ok(median(apart) < 2, `${median(apart)} ms`);
    assert.deepEqual(run.all("error"), []);
  });

  test("size and rate are the nearest the camera has, and the note tells both", async (t) => {
    const modes = "320x240@30,15;640x480@60,30;160x120@30";
    const run = runCapture(t, await camera(t, { modes }), {
      address: "camera:/dev/video0?size=600x500&fps=50",
      pictures: 2,
    });

    const note = await run.wait("note");
    const picture = await run.wait("picture");

    assert.equal(
      note.text,
      "camera /dev/video0 (Fake Camera): 640x480 at 60 fps, MJPEG (asked for 600x500 at 50 fps)",
    );
    assert.equal(picture.size, "640x480");
  });

  test("without a wish it is the largest size of at most 1280x720 pixels, at 30 fps", async (t) => {
    const modes = "320x240@30;640x480@60,30,15;1920x1080@30";
    const run = runCapture(t, await camera(t, { modes, pictures: 2 }), { address: "camera:", pictures: 1 });

    const note = await run.wait("note");

    assert.equal(note.text, "camera /dev/video0 (Fake Camera): 640x480 at 30 fps, MJPEG");
  });

  test("a range of sizes and rates gives exactly what was asked for", async (t) => {
    const stepwise = "160x120-1920x1080/16x8@5-60";
    const run = runCapture(t, await camera(t, { stepwise }), {
      address: "camera:/dev/video0?size=801x600&fps=12.5",
      pictures: 1,
    });

    const note = await run.wait("note");

    assert.equal(
      note.text,
      "camera /dev/video0 (Fake Camera): 800x600 at 12.5 fps, MJPEG (asked for 801x600 at 12.5 fps)",
    );
  });

  test("the rate that was asked for is the rate at which pictures come", async (t) => {
    const run = runCapture(t, await camera(t, { modes: "320x240@60,20" }), {
      address: "camera:/dev/video0?fps=20",
      pictures: 8,
    });

    await run.wait("end");

    const times = run.all("picture").map(({ capturedAt }) => capturedAt);
    const apart = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    assert.ok(Math.abs(median(apart) - 50) < 10, `${median(apart)} ms`);
  });

  test("a driver that chooses another size and rate than it was asked for is believed", async (t) => {
    const run = runCapture(t, await camera(t, { modes: "320x240@30;640x480@30,15", fixed: true }), {
      address: "camera:/dev/video0?size=640x480&fps=15",
      pictures: 1,
    });

    const note = await run.wait("note");

    assert.equal(
      note.text,
      "camera /dev/video0 (Fake Camera): 320x240 at 30 fps, MJPEG (asked for 640x480 at 15 fps)",
    );
  });

  test("a driver that does not tell its sizes is asked for the wish", async (t) => {
    const run = runCapture(t, await camera(t, { modes: "320x240@30;640x480@30", silent: true }), {
      address: "camera:/dev/video0?size=320x240",
      pictures: 1,
    });

    const picture = await run.wait("picture");

    assert.equal(picture.size, "320x240");
  });

  test("pictures without Huffman tables get them", async (t) => {
    const run = runCapture(t, await camera(t, { withoutTables: true }), { address: "camera:", pictures: 3 });

    await run.wait("end");

    assert.deepEqual(
      run.all("picture").map(({ hasTables }) => hasTables),
      [true, true, true],
    );
  });

  test("half pictures are left out and counted, and the note tells once", async (t) => {
    const run = runCapture(t, await camera(t, { badEvery: 3, fps: 60 }), {
      address: "camera:",
      pictures: 20,
    });

    await run.wait("end");

    const numbers = run.all("picture").map(({ number }) => number);
    assert.ok(
      numbers.every((number) => number % 3 !== 2),
      `got ${numbers.join(" ")}`,
    );
    assert.equal(droppedBetweenPictures(run), (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1 - numbers.length);
    assert.equal(run.all("note").filter(({ text }) => text.includes("cut short")).length, 1);
  });

  test("while the main thread is busy pictures are skipped and counted, and then the newest comes", async (t) => {
    const run = runCapture(t, await camera(t), { address: "camera:" });
    await run.wait("picture", 5);

    run.send("block 600");
    const before = run.all("picture").length;
    await run.wait("dropped");
    const after = await run.wait("picture", before + 12);
    run.send("stop");
    await run.wait("end");

    const pictures = run.all("picture");
    const dropped = droppedBetweenPictures(run);
    const span = (pictures.at(-1)?.number ?? 0) - (pictures[0]?.number ?? 0) + 1;
    assert.ok(
      Math.abs(span - pictures.length - dropped) <= 1,
      `${span} taken, ${pictures.length} seen, ${dropped} dropped`,
    );
    assert.ok(dropped >= 10, `${dropped} dropped`);
    assert.ok(after.seenAt - after.capturedAt < 200, `${after.seenAt - after.capturedAt} ms old`);
  });
});

/** What was counted until the last picture: another may be lost between it and the end. */
function droppedBetweenPictures({ events }: RunningCapture): number {
  const first = events.findIndex(({ event }) => event === "picture");
  const last = events.findLastIndex(({ event }) => event === "picture");
  return events
    .slice(first, last)
    .reduce((sum, event) => sum + (event.event === "dropped" ? event.count : 0), 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
