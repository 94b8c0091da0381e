import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Command } from "./support/command.ts";
import { fakeCamera, noFakeCamera, type FakeCamera, type Fault } from "./support/fakecam.ts";
import { pixelsOf } from "./support/pictures.ts";
import { readCard } from "./support/read-card.ts";
import { stateOf, statusOf } from "./support/status.ts";
import { Watcher, type WatchedPart } from "./support/watcher.ts";

const SIZE = { width: 640, height: 360 };

/** Who watches sees why within a second of its being known; half a second more is the busy machine's. */
const TOLD_WITHIN_MS = 1_500;
/** The heartbeat of one part a second, on a busy machine. */
const LONGEST_SILENCE_MS = 2_000;

const FAULTS: readonly {
  readonly what: string;
  readonly fault: Fault;
  readonly device: string;
  readonly code: string;
  readonly reason: RegExp;
}[] = [
  {
    what: "is unplugged",
    fault: "unplugged",
    device: "video0",
    code: "ERR_CAMERA_LOST",
    reason: /^camera \/dev\/video0 was unplugged or stopped answering/,
  },
  {
    what: "hangs",
    fault: "stalled",
    device: "video2",
    code: "ERR_CAMERA_STALLED",
    reason: /^camera \/dev\/video2 sent no picture for 2\.0 s$/,
  },
  {
    what: "sends only half pictures",
    fault: "cut",
    device: "video4",
    code: "ERR_CAMERA_STALLED",
    reason: /^camera \/dev\/video4 sent \d+ pictures in 2\.0 s, none of them whole/,
  },
];

// One command with a camera for each fault.
describe("a camera in trouble behind the command", { concurrency: true, skip: noFakeCamera }, () => {
  let camera: FakeCamera;
  let command: Command;
  let url: string;
  let port: number;

  before(async () => {
    const devices = FAULTS.map(({ device }) => `/dev/${device}`);
    camera = await fakeCamera({ size: "640x360", fps: 15, devices });
    const sources = FAULTS.map(({ device }) => `${device}=camera:/dev/${device}`);
    command = new Command(["--port", "0", ...sources], camera.env);
    port = await command.port();
    url = `http://127.0.0.1:${port}`;
  });

  after(async () => {
    await command.stop();
    await camera.close();
  });

  for (const { what, fault, device, code, reason } of FAULTS) {
    test(`when the camera ${what}, viewers stay, see why, and see its picture again`, async (t) => {
      const watchers = [new Watcher(port, device), new Watcher(port, device)];
      t.after(() => watchers.forEach((watcher) => watcher.close()));
      await Promise.all(watchers.map((watcher) => watcher.next(isFromCamera, "a picture of the camera")));

      await camera.fault(fault, device);
      const down = await stateOf(url, device, "down");
      const notices = await Promise.all(watchers.map((watcher) => noticesAt(watcher)));
      const whileDown = await statusOf(url, device);
      await camera.mend(fault, device);
      await stateOf(url, device, "live");
      const back = await Promise.all(
        watchers.map((watcher) => watcher.next(isFromCamera, "the picture again")),
      );
      const later = await Promise.all(
        watchers.map((watcher, at) =>
          watcher.next((part) => numberOf(part) !== numberOf(back[at]), "a moving picture"),
        ),
      );
      const live = await statusOf(url, device);

      assert.equal(down.code, code);
      assert.match(down.reason ?? "", reason);
      assert.equal(whileDown.viewers, 2);
      for (const [first, second, third] of notices) {
        const afterMs = first.receivedAt - down.since;
        assert.ok(afterMs < TOLD_WITHIN_MS, `the first placeholder after ${afterMs} ms`);
        for (const silentMs of [second.receivedAt - first.receivedAt, third.receivedAt - second.receivedAt]) {
          assert.ok(silentMs < LONGEST_SILENCE_MS, `${silentMs} ms between two placeholders`);
        }
        const { rgba, width, height } = await pixelsOf(third.jpeg);
        assert.deepEqual({ width, height }, SIZE);
        assert.equal(readCard(rgba, width, height), undefined, "the last picture, not dimmed");
      }
      for (const part of later) {
        const { rgba, width, height } = await pixelsOf(part.jpeg);
        assert.equal(readCard(rgba, width, height), numberOf(part));
      }
      assert.equal(live.state, "live");
      assert.equal(live.reason, null);
      assert.equal(live.viewers, 2);
      assert.deepEqual(
        watchers.map(({ trouble }) => trouble),
        [undefined, undefined],
      );
    });
  }
});

/** The number that the fake camera gave a picture as a comment; undefined for a placeholder. */
function numberOf(part: WatchedPart | undefined): number | undefined {
  const match = /N:(\d+)/.exec(part?.jpeg.toString("latin1", 0, 2_000) ?? "");
  return match === null ? undefined : Number(match[1]);
}

function isFromCamera(part: WatchedPart): boolean {
  return numberOf(part) !== undefined;
}

/** The first three placeholders of an outage that has begun. */
async function noticesAt(watcher: Watcher): Promise<[WatchedPart, WatchedPart, WatchedPart]> {
  const isNotice = (part: WatchedPart) => !isFromCamera(part);
  // One may be here already: what came after the camera's last picture counts.
  const from = watcher.parts.findLastIndex(isFromCamera) + 1;
  const first = await watcher.next(isNotice, "a placeholder", { from });
  const second = await watcher.next(isNotice, "a second one", { from: watcher.parts.indexOf(first) + 1 });
  const third = await watcher.next(isNotice, "a third one", { from: watcher.parts.indexOf(second) + 1 });
  return [first, second, third];
}
