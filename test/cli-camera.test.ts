import assert from "node:assert/strict";
import test from "node:test";
import { Command } from "./support/command.ts";
import { fakeCamera, noFakeCamera, type FakeCameraOptions } from "./support/fakecam.ts";

const EACCES = 13;
const EBUSY = 16;

const cases: readonly (readonly [string, FakeCameraOptions, RegExp])[] = [
  [
    "busy",
    { fail: { REQBUFS: EBUSY } },
    /\/dev\/video0.*busy|another program.*\/dev\/video0|\/dev\/video0.*another program/i,
  ],
  ["not ours to open", { fail: { open: EACCES } }, /\/dev\/video0.*usermod -aG/],
  ["without Motion JPEG", { formats: "S910" }, /\/dev\/video0.*no JPEG.*S910/],
];

for (const [what, options, sentence] of cases) {
  test(`a camera that is ${what} gets one sentence with the cure`, { skip: noFakeCamera }, async (t) => {
    const camera = await fakeCamera(options);
    t.after(() => camera.close());

    const { code, stderr } = await Command.run(["--port", "0", "camera:/dev/video0"], camera.env);

    assert.match(stderr, sentence);
    assert.match(stderr, /^kinora: [^\n]+\n$/);
    assert.equal(code, 1);
  });
}

test("without a source every camera is shown, and it says so", { skip: noFakeCamera }, async (t) => {
  const camera = await fakeCamera({ devices: ["/dev/video0", "/dev/video2"] });
  t.after(() => camera.close());

  const { command, url } = await Command.serve(t, [], camera.env);
  const snapshots = await Promise.all(
    ["video0", "video2"].map((name) => fetch(`${url}/streams/${name}/snapshot.jpg`)),
  );

  assert.match(command.stdout, /every camera is shown: .*\/dev\/video0.*\/dev\/video2/);
  for (const { status, headers } of snapshots) {
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "image/jpeg");
  }
});

test("devices lists each camera with its formats, sizes and rates", { skip: noFakeCamera }, async (t) => {
  const camera = await fakeCamera({ modes: "1280x720@30,15;640x480@30" });
  t.after(() => camera.close());

  const { stdout, code } = await Command.run(["devices"], camera.env);

  assert.match(stdout, /\/dev\/video0/);
  assert.match(stdout, /kinora camera:\/dev\/video0/);
  assert.match(stdout, /MJPG[^]*1280x720 +30, 15 fps[^]*640x480 +30 fps/);
  assert.equal(code, 0);
});
