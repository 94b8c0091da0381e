import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { fakeCamera, noFakeCamera, type FakeCamera, type FakeCameraOptions } from "./support/fakecam.ts";
import { runCapture } from "./support/fakecam/run-capture.ts";

const skip = noFakeCamera;

async function camera(t: TestContext, options: FakeCameraOptions = {}): Promise<FakeCamera> {
  const made = await fakeCamera({ size: "320x240", ...options });
  t.after(() => made.close());
  return made;
}

// Most of these wait for a clock, so several at a time.
describe("a camera in trouble", { concurrency: 3, skip }, () => {
  test("an unplugged camera is lost, and back as soon as it is plugged in", async (t) => {
    const run = runCapture(t, await camera(t, { unplugAfter: 10, replugMs: 400 }), {
      address: "camera:/dev/video0",
      pictures: 15,
      rounds: 30,
      retryMs: 100,
    });

    const lost = await run.wait("error");
    const missing = await run.wait("error", 2);
    const again = await run.wait("picture", run.all("picture").length + 1);

    assert.equal(lost.code, "ERR_CAMERA_LOST");
    assert.equal(lost.retryable, true);
    assert.match(lost.message, /^camera \/dev\/video0 was unplugged or stopped answering \(ENODEV/);
    assert.equal(missing.code, "ERR_CAMERA_MISSING");
    assert.equal(missing.retryable, true);
    assert.ok(again.number < 10, `picture ${again.number} of the camera that was plugged in again`);
  });

  test("a camera can be unplugged and plugged in at any time", async (t) => {
    const fake = await camera(t);
    const run = runCapture(t, fake, { address: "camera:/dev/video0", rounds: 50, retryMs: 50 });
    await run.wait("picture", 3);

    await fake.fault("unplugged");
    const lost = await run.wait("error");
    const before = run.all("picture").length;
    await fake.mend("unplugged");
    await run.wait("picture", before + 5);

    assert.equal(lost.code, "ERR_CAMERA_LOST");
    assert.ok(
      run
        .all("error")
        .slice(1)
        .every(({ code }) => code === "ERR_CAMERA_MISSING"),
    );
  });

  test("a camera that hangs is found out after two seconds", async (t) => {
    const run = runCapture(t, await camera(t, { stallAfter: 3 }), { address: "camera:/dev/video0" });

    const last = await run.wait("picture", 3);
    const error = await run.wait("error");

    assert.equal(error.code, "ERR_CAMERA_STALLED");
    assert.equal(error.retryable, true);
    assert.equal(error.message, "camera /dev/video0 sent no picture for 2.0 s");
    const silentMs = Date.now() - last.capturedAt;
    assert.ok(silentMs > 1_950 && silentMs < 4_000, `${silentMs} ms`);
  });

  test(
    "a camera that sends nothing but half pictures is told from one that sends none",
    { skip },
    async (t) => {
      const fake = await camera(t);
      const run = runCapture(t, fake, { address: "camera:/dev/video0" });
      await run.wait("picture", 2);

      await fake.fault("cut");
      const error = await run.wait("error");

      assert.equal(error.code, "ERR_CAMERA_STALLED");
      assert.match(error.message, /sent \d+ pictures in 2.0 s, none of them whole: try another cable/);
    },
  );

  test("stopping closes the camera within 200 ms, however slow its pictures come", async (t) => {
    const run = runCapture(t, await camera(t, { fps: 2 }), { address: "camera:" });
    await run.wait("picture");

    run.send("stop");
    const { afterMs } = await run.wait("closed");

    assert.ok(afterMs < 200, `${afterMs} ms`);
    assert.equal(await run.ended(), 0);
    assert.deepEqual(run.all("error"), []);
  });

  test("a driver stuck in a call holds up a stop for a second, not for ever", async (t) => {
    const run = runCapture(t, await camera(t, { slowMs: 2_500 }), { address: "camera:" });
    await run.wait("note");

    run.send("stop");
    const { afterMs } = await run.wait("closed");

    assert.ok(afterMs > 900 && afterMs < 2_000, `${afterMs} ms`);
    assert.equal(await run.ended(), 0);
  });

  test("after a stop that the driver held up, the camera opens again as soon as the driver is back", async (t) => {
    const run = runCapture(t, await camera(t, { slowMs: 1_500 }), {
      address: "camera:",
      pictures: 1,
      rounds: 2,
    });
    await run.wait("note");

    run.send("stop");
    await run.wait("closed");
    await run.wait("end");

    assert.equal(run.all("picture").length, 1);
    assert.deepEqual(run.all("error"), []);
  });

  test("a stop at any moment of opening and starting closes the camera and leaves nothing behind", async (t) => {
    const run = runCapture(t, await camera(t, { slowMs: 20 }), {
      address: "camera:",
      rounds: 60,
      stopStepMs: 1,
    });

    await run.wait("end");

    const closed = run.all("closed");
    const [early, late] = [closed[4], closed[59]];
    assert.ok(early !== undefined && late !== undefined);
    assert.deepEqual(run.all("error"), []);
    assert.ok(closed.every(({ afterMs }) => afterMs < 1_000));
    // The one more is what all cameras are waited for with, from the first picture on.
    assert.ok(late.now.fds - early.now.fds <= 1, `${late.now.fds - early.now.fds} descriptors more`);
    assert.ok(late.now.mapped - early.now.mapped < 20);
  });

  test(
    "opening and closing fifty times leaves no descriptor, thread, mapping or memory behind",
    { skip },
    async (t) => {
      const run = runCapture(t, await camera(t, { fps: 240 }), {
        address: "camera:",
        pictures: 3,
        rounds: 50,
      });

      await run.wait("end");

      const after = run.all("closed").map(({ now }) => now);
      const [early, late] = [after[4], after[49]];
      assert.equal(run.all("picture").length, 150);
      assert.ok(early !== undefined && late !== undefined);
      assert.equal(late.fds, early.fds);
      assert.equal(late.threads, early.threads);
      // One picture's buffer is 100 KB, four of them are mapped each time; the heap of V8 comes and goes.
      assert.ok(late.mapped - early.mapped < 20, `${late.mapped - early.mapped} mappings more`);
      assert.ok(late.residentMb - early.residentMb < 20, `${late.residentMb - early.residentMb} MB more`);
    },
  );
});
