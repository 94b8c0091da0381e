import assert from "node:assert/strict";
import test, { describe, type TestContext } from "node:test";
import { Command } from "./support/command.ts";
import { fakeCamera, noFakeCamera, type FakeCamera, type FakeCameraOptions } from "./support/fakecam.ts";
import { needs } from "./support/programs.ts";
import { stateOf, statusOf } from "./support/status.ts";
import { widthOf } from "./support/player.ts";

const EBUSY = 16;
const skip = needs("ffmpeg").skip || noFakeCamera;

async function rawCamera(t: TestContext, options: FakeCameraOptions = {}): Promise<FakeCamera> {
  const camera = await fakeCamera({ formats: "YUYV", modes: "1280x720@10;640x480@30", ...options });
  t.after(() => camera.close());
  return camera;
}

describe("a camera that delivers no JPEG", { skip }, () => {
  test("is shown by ffmpeg under the same name, in a size that is fast enough, and it says so", async (t) => {
    const camera = await rawCamera(t);
    const { command, url } = await Command.serve(t, [], camera.env);

    const answer = await fetch(`${url}/streams/video0/snapshot.jpg`);

    const jpeg = new Uint8Array(await answer.arrayBuffer());
    assert.equal(answer.status, 200);
    assert.equal(widthOf({ jpeg, capturedAt: 0 }), 640);
    assert.match(command.stdout, /every camera is shown: Fake Camera \(\/dev\/video0\)/);
    assert.deepEqual((await statusOf(url, "video0")).notes, [
      "camera /dev/video0 (Fake Camera): 640x480 at 30 fps, yuyv422 by ffmpeg",
    ]);
  });

  test("has the size and rate that were asked for", async (t) => {
    const camera = await rawCamera(t);
    const { url } = await Command.serve(t, ["cam=camera:?size=1280x720"], camera.env);

    const answer = await fetch(`${url}/streams/cam/snapshot.jpg`);

    const jpeg = new Uint8Array(await answer.arrayBuffer());
    assert.equal(widthOf({ jpeg, capturedAt: 0 }), 1280);
  });

  test("that is unplugged is told so, and comes back by itself", async (t) => {
    const camera = await rawCamera(t);
    const { url } = await Command.serve(t, ["cam=camera:/dev/video0#preload"], camera.env);
    await stateOf(url, "cam", "live");

    await camera.fault("unplugged");
    const down = await stateOf(url, "cam", "down");
    await camera.mend("unplugged");
    await stateOf(url, "cam", "live");

    assert.match(down.code ?? "", /^ERR_CAMERA_(LOST|MISSING)$/);
  });

  test("that another program uses is refused at the start, in one sentence", async (t) => {
    const camera = await rawCamera(t, { fail: { REQBUFS: EBUSY } });

    const { code, stderr } = await Command.run(["--port", "0", "camera:/dev/video0"], camera.env);

    assert.match(stderr, /^kinora: camera \/dev\/video0 is in use by another program; [^\n]+\n$/);
    assert.equal(code, 1);
  });

  test("is listed with the line that shows it", async (t) => {
    const camera = await rawCamera(t);

    const { stdout } = await Command.run(["devices"], camera.env);

    assert.match(stdout, /Fake Camera .*\n +kinora camera:\/dev\/video0 +\(ffmpeg/);
  });

  test("comes after one that does, where the first camera is asked for", async (t) => {
    const camera = await rawCamera(t, { formats: "YUYV,MJPG" });
    const { url } = await Command.serve(t, ["cam=camera:"], camera.env);

    await (await fetch(`${url}/streams/cam/snapshot.jpg`)).arrayBuffer();

    assert.match((await statusOf(url, "cam")).notes.join(), /MJPEG/);
  });
});
