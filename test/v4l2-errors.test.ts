import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, test, type TestContext } from "node:test";
import { fakeCamera, noFakeCamera, type FakeCamera, type FakeCameraOptions } from "./support/fakecam.ts";
import { runCapture, type EventOf } from "./support/fakecam/run-capture.ts";

const skip = noFakeCamera;
const { EACCES, EBUSY, EINVAL, ENOSPC, EIO } = os.constants.errno;

async function camera(t: TestContext, options: FakeCameraOptions = {}): Promise<FakeCamera> {
  const made = await fakeCamera({ size: "320x240", ...options });
  t.after(() => made.close());
  return made;
}

/** The error that an address ends with, and what the process holds afterwards. */
async function failureOf(
  t: TestContext,
  address: string,
  options: FakeCameraOptions = {},
): Promise<EventOf<"error">> {
  const run = runCapture(t, await camera(t, options), { address });
  const error = await run.wait("error");
  assert.equal(await run.ended(), 0);
  return error;
}

describe("what goes wrong with a camera", { concurrency: 3, skip }, () => {
  test("a camera that is not there: the error names those that are", async (t) => {
    const error = await failureOf(t, "camera:/dev/video7", { devices: ["/dev/video2", "/dev/video4"] });

    assert.deepEqual(error, {
      event: "error",
      code: "ERR_CAMERA_MISSING",
      retryable: true,
      message:
        "camera /dev/video7 is not there (there is /dev/video2 (Fake Camera), /dev/video4 (Fake Camera 2)); " +
        "plug it in, or choose one that `kinora devices` lists",
    });
  });

  test("without a path it is the first camera that delivers JPEG", async (t) => {
    const run = runCapture(
      t,
      await camera(t, { devices: ["/dev/video3", "/dev/video1"], meta: "/dev/video0" }),
      {
        address: "camera:",
        pictures: 1,
      },
    );

    const note = await run.wait("note");

    assert.match(note.text, /^camera \/dev\/video1 /);
  });

  test(
    "without a path and without a camera that delivers JPEG the error says what there is",
    { skip },
    async (t) => {
      const error = await failureOf(t, "camera:", { formats: "YUYV" });

      assert.equal(error.code, "ERR_CAMERA_MISSING");
      assert.equal(
        error.message,
        "no camera that delivers JPEG: there is only /dev/video0 (Fake Camera: YUYV)",
      );
    },
  );

  test("a camera that may not be opened: the error names its group and the cure", async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "kinora-device-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const device = path.join(folder, "video0");
    writeFileSync(device, "");
    const group =
      process.getuid?.() === 0 ? "video" : execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
    const gid = execFileSync("getent", ["group", group], { encoding: "utf8" }).split(":")[2];
    chownSync(device, process.getuid?.() ?? 0, Number(gid));

    const error = await failureOf(t, `camera:${device}`, { devices: [device], fail: { open: EACCES } });

    assert.equal(error.code, "ERR_CAMERA_PERMISSION");
    assert.equal(error.retryable, false);
    assert.equal(
      error.message,
      `camera ${device} may not be opened: your user is not in its group "${group}"; ` +
        `run \`sudo usermod -aG ${group} $USER\` and log in again`,
    );
  });

  for (const call of ["open", "S_FMT", "REQBUFS", "STREAMON"]) {
    test(`a camera in use (${call}): the error says how to find the other program`, async (t) => {
      const error = await failureOf(t, "camera:/dev/video0", { fail: { [call]: EBUSY } });

      assert.equal(error.code, "ERR_CAMERA_BUSY");
      assert.equal(error.retryable, true);
      assert.equal(
        error.message,
        "camera /dev/video0 is in use by another program; `fuser -v /dev/video0` names it",
      );
    });
  }

  test("a USB bus without room for the camera is told from a busy camera", async (t) => {
    const error = await failureOf(t, "camera:/dev/video0", { fail: { STREAMON: ENOSPC } });

    assert.equal(error.code, "ERR_CAMERA_BUSY");
    assert.match(error.message, /USB bus .*choose a smaller size or rate, or plug it into another port/);
  });

  test("a driver's error while starting is a lost camera", async (t) => {
    const error = await failureOf(t, "camera:/dev/video0", { fail: { STREAMON: EIO } });

    assert.equal(error.code, "ERR_CAMERA_LOST");
    assert.match(error.message, /EIO \(i\/o error\) while starting/);
  });

  test("a camera without JPEG cannot be used: the error names the formats it has", async (t) => {
    const error = await failureOf(t, "camera:/dev/video0", { formats: "YUYV,NV12" });

    assert.equal(error.code, "ERR_CAMERA_FORMAT");
    assert.equal(error.retryable, false);
    assert.equal(
      error.message,
      "camera /dev/video0 cannot be used: Fake Camera delivers no JPEG, it has only YUYV, NV12",
    );
  });

  test("a metadata node is no camera", async (t) => {
    const error = await failureOf(t, "camera:/dev/video1", { meta: "/dev/video1" });

    assert.equal(error.code, "ERR_CAMERA_FORMAT");
    assert.match(error.message, /delivers no pictures on this device/);
  });

  for (const [what, target] of [
    ["a plain file", import.meta.filename],
    ["a folder", os.tmpdir()],
    ["a device that is no camera", "/dev/null"],
  ]) {
    test(`${what} is no camera`, async (t) => {
      const error = await failureOf(t, `camera:${target}`);

      assert.equal(error.code, "ERR_CAMERA_FORMAT");
      assert.equal(error.retryable, false);
      assert.equal(
        error.message,
        `camera ${target} cannot be used: it is not a video device; \`kinora devices\` lists those there are`,
      );
    });
  }

  test("an errno without a sentence of its own keeps its name and may be tried again", async (t) => {
    const error = await failureOf(t, "camera:/dev/video0", { fail: { REQBUFS: EINVAL } });

    assert.equal(error.code, "ERR_SOURCE_FAILED");
    assert.equal(error.retryable, true);
    assert.equal(error.message, "camera /dev/video0: asking for buffers failed: EINVAL (invalid argument)");
  });
});
