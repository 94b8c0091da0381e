// The page against a stand-in of the server, which does what a real one does only now and then.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { cameraBrowser, OTHER_NAME, PublishPage } from "./support/camera-browser.ts";
import { needs } from "./support/programs.ts";
import { publishServer, type PublishServer } from "./support/publish-server.ts";
import { until } from "./support/until.ts";

const CAMERA_TRACK = `document.querySelector("video").srcObject?.getVideoTracks()[0]`;

test("The page /publish in Chromium", needs("chromium"), async (t) => {
  const browser = await cameraBrowser(t);

  await t.test("sends one picture at a time on a slow uplink, and counts what it drops", async (t) => {
    const server = await publishServer(t, { ackMs: 200 });
    const page = await started(t, browser, server);

    await until(() => server.pictures.length >= 6, "six pictures");
    assert.equal(server.mostInFlight, 1);
    await page.shows("drops", /^[1-9]/);
    await page.shows("slow", /^Slow connection: sending [\d.]+ of 15 pictures a second$/);

    assert.equal(server.mostInFlight, 1);
    assert.equal(await page.text("viewers"), "2");
    assert.deepEqual(page.complaints, []);
  });

  await t.test("sends the newest picture when the uplink is free again, not one that waited", async (t) => {
    const server = await publishServer(t, { ackMs: 500 });
    const page = await started(t, browser, server);
    await until(() => server.pictures.length >= 3, "three pictures");

    const [, first, second] = server.pictures;
    assert.ok(first !== undefined && second !== undefined && !first.equals(second));
    await page.press();
    const sent = server.pictures.length;
    await page.shows("state", /^Off$/);
    assert.ok(server.pictures.length <= sent + 1, "a queue was sent after the end");
  });

  await t.test("switches camera, size and rate without losing the connection", async (t) => {
    const server = await publishServer(t);
    const page = await started(t, browser, server);
    const first = await page.evaluate(`${CAMERA_TRACK}.getSettings().deviceId`);

    await page.page.selectOption("#size", "640x360");
    await until(() => widthOf(server.pictures.at(-1)) <= 640, "small pictures");
    await page.page.selectOption("#camera", { index: 1 });
    await until(
      async () => (await page.evaluate(`${CAMERA_TRACK}?.getSettings().deviceId`)) !== first,
      "the other camera",
    );
    await page.page.click('[data-part="flip"]');
    await until(
      async () => (await page.evaluate(`${CAMERA_TRACK}?.getSettings().deviceId`)) === first,
      "the first camera",
    );
    await page.shows("state", /^Live$/);
    const sent = server.pictures.length;
    await until(() => server.pictures.length > sent, "pictures of it");

    assert.equal(server.handshakes.length, 1);
    assert.deepEqual(page.complaints, []);
  });

  await t.test("shares a screen, over the same connection", async (t) => {
    const server = await publishServer(t);
    const page = await started(t, browser, server);

    await page.page.click('.switch label:has([value="screen"])');
    await until(
      async () => (await page.evaluate(`${CAMERA_TRACK}?.label ?? ""`)) !== "fake_device_0",
      "a screen",
    );
    await page.shows("state", /^Live$/);
    const sent = server.pictures.length;
    await until(() => server.pictures.length > sent, "pictures of it");

    assert.equal(server.handshakes.length, 1);
    await page.evaluate(END_TRACK);
    await page.shows("what", /^Sharing the screen was stopped\.$/);
    assert.equal((await page.text("start")).trim(), "Start");
  });

  await t.test("connects again after a loss, ever less often, and takes its own place back", async (t) => {
    const server = await publishServer(t);
    const page = await started(t, browser, server);

    server.interrupt();
    await page.shows("state", /^Trying again$/);
    await page.shows("facts", /Trying again in [1-9] s\.$/);
    await until(() => server.handshakes.length >= 3, "two more tries");
    const sent = server.pictures.length;
    server.resume();
    await page.shows("state", /^Live$/);
    await until(() => server.pictures.length > sent, "pictures again");

    assert.equal(server.handshakes[0]?.searchParams.has("takeover"), false);
    assert.equal(server.handshakes.at(-1)?.searchParams.get("takeover"), "1");
  });

  await t.test("asks for the key, keeps it for this tab, and shows it nowhere", async (t) => {
    const server = await publishServer(t, {
      refuse: ({ searchParams }) =>
        searchParams.get("key") === "right-key" ? undefined : [4401, "the key is wrong"],
    });
    const page = await PublishPage.open(t, browser, `${server.url}/publish?key=wrong-key&stream=door`);
    assert.equal(page.page.url(), `${server.url}/publish?stream=door`);

    await page.press();
    await page.shows("what", /^This is not the key for publishing here\.$/);
    await page.page.fill('[data-part="key"]', "right-key");
    await page.page.press('[data-part="key"]', "Enter");
    await page.shows("state", /^Live$/);
    await page.page.reload();
    await page.press();
    await page.shows("state", /^Live$/);

    assert.deepEqual(
      server.handshakes.map(({ pathname, searchParams }) => [pathname, searchParams.get("key")]),
      ["wrong-key", "right-key", "right-key"].map((key) => ["/streams/door/publish", key]),
    );
    const shown = String(await page.evaluate("document.documentElement.outerHTML + location"));
    assert.doesNotMatch(shown, /(right|wrong)-key/);
  });

  await t.test("offers to take a stream over, and stops when it is taken away", async (t) => {
    const server = await publishServer(t, {
      refuse: ({ searchParams }) =>
        searchParams.has("takeover") ? undefined : [4409, "somebody publishes phone already: add ?takeover"],
    });
    const page = await PublishPage.open(t, browser, `${server.url}/publish`);

    await page.press();
    await page.shows("what", /^Somebody else publishes this stream\.$/);
    await page.page.click('[data-part="takeover"]');
    await page.shows("state", /^Live$/);
    server.closeAll(4410, "another publisher took phone over");
    await page.shows("what", /^Another publisher took phone over\.$/);

    assert.equal(await page.text("state"), "Off");
    assert.equal(await page.evaluate(`document.querySelector("video").srcObject`), null);
    assert.equal(server.handshakes.length, 2);
  });

  for (const [code, reason] of [
    [4403, "only programs of this machine may publish here"],
    [4415, "picture 1 is not a JPEG"],
    [4429, "this server has 32 published streams already"],
  ] as const) {
    await t.test(`does not try again after close code ${code}, and says why`, async (t) => {
      const server = await publishServer(t, { refuse: () => [code, reason] });
      const page = await PublishPage.open(t, browser, `${server.url}/publish`);

      await page.press();
      await page.shows("what", new RegExp(`^${reason.replace(/^./, (letter) => letter.toUpperCase())}\\.$`));

      assert.equal(await page.text("state"), "Off");
      assert.notEqual(await page.text("cure"), "");
      assert.equal(server.handshakes.length, 1);
    });
  }

  await t.test("tells that another program uses the camera", async (t) => {
    const server = await publishServer(t);
    const page = await PublishPage.open(t, browser, `${server.url}/publish`);
    // Cameras that are none are in nobody's use.
    await page.evaluate(`navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException("Could not start video source", "NotReadableError");
    }`);

    await page.press();

    await page.shows("what", /another program uses it/);
  });

  await t.test("goes on by itself when an unplugged camera is back", async (t) => {
    const server = await publishServer(t);
    const page = await started(t, browser, server);

    await page.evaluate(END_TRACK);
    await page.shows("what", /^The camera is gone/);
    await page.shows("state", /^No camera$/);
    await page.evaluate(`navigator.mediaDevices.dispatchEvent(new Event("devicechange"))`);
    await page.shows("state", /^Live$/);

    assert.equal(await page.text("what"), "");
    assert.equal(server.handshakes.length, 1);
  });

  await t.test("keeps the screen awake while it publishes, also when the page comes back", async (t) => {
    const server = await publishServer(t);
    const page = await PublishPage.open(t, browser, `${server.url}/publish`);
    await page.evaluate(COUNT_WAKE_LOCKS);
    const held = () => page.evaluate("window.held");

    await page.press();
    await page.shows("state", /^Live$/);
    assert.equal(await held(), 1);
    await page.evaluate("window.takeBack()");
    assert.equal(await held(), 0);
    await page.evaluate(`document.dispatchEvent(new Event("visibilitychange"))`);
    await until(async () => (await held()) === 1, "the lock again");
    await page.press();
    await until(async () => (await held()) === 0, "the lock to be let go");

    await page.evaluate(
      `navigator.wakeLock.request = async () => { throw new DOMException("", "NotAllowedError"); }`,
    );
    await page.press();
    await page.shows("awake", /does not keep the screen awake/);
  });

  await t.test("publishes from an older browser, too", async (t) => {
    const server = await publishServer(t);
    const page = await PublishPage.open(t, browser, `${server.url}/publish`);
    await page.page.addInitScript(`{
      delete window.OffscreenCanvas;
      delete HTMLVideoElement.prototype.requestVideoFrameCallback;
      delete Navigator.prototype.wakeLock;
    }`);
    await page.page.reload();

    await page.press();
    await until(() => server.pictures.length >= 5, "pictures");

    await page.shows("awake", /does not keep the screen awake/);
    assert.equal(widthOf(server.pictures.at(-1)), 1280);
    assert.deepEqual(page.complaints, []);
  });

  await t.test("remembers what was chosen", async (t) => {
    const server = await publishServer(t);
    const page = await PublishPage.open(t, browser, `${server.url}/publish`);

    await page.page.fill("#name", "hall");
    await page.page.selectOption("#size", "1920x1080");
    await page.page.fill("#fps", "7");
    await page.page.fill("#quality", "40");
    await page.page.reload();

    const values = `["name", "size", "fps", "quality"].map((id) => document.getElementById(id).value)`;
    assert.deepEqual(await page.evaluate(values), ["hall", "1920x1080", "7", "40"]);
    assert.match(
      await page.page.textContent('[data-part="addresses"]').then(String),
      /streams\/hall\/live\.mjpeg/,
    );
  });

  await t.test("says what to do on plain http from another device", async (t) => {
    const server = await publishServer(t);
    const origin = `http://${OTHER_NAME}:${server.port}`;
    const page = await PublishPage.open(t, browser, `${origin}/publish?key=a-secret-key`);

    await page.page.getByText("Browsers give the camera only to secure pages").waitFor();

    assert.equal(await page.page.isVisible('[data-part="start"]'), false);
    assert.equal(await page.text("trusted"), origin);
    assert.equal(await page.text("local"), `http://localhost:${server.port}/publish`);
    assert.deepEqual(page.complaints, []);
  });
});

test("The page /publish tells that there is no camera", needs("chromium"), async (t) => {
  const server = await publishServer(t);
  const browser = await cameraBrowser(t, { cameras: 0 });
  const page = await PublishPage.open(t, browser, `${server.url}/publish`);

  await page.press();

  await page.shows("what", /^No camera was found\.$/);
  await page.shows("cure", /share the screen/);
});

test("The page /publish tells what to do when the camera is forbidden", needs("chromium"), async (t) => {
  const server = await publishServer(t);
  const browser = await cameraBrowser(t, { allows: false });
  const page = await PublishPage.open(t, browser, `${server.url}/publish`);
  const client = await page.page.context().newCDPSession(page.page);
  const { targetInfo } = await client.send("Target.getTargetInfo");
  await client.send("Browser.setPermission", {
    permission: { name: "camera" },
    setting: "denied",
    origin: server.url,
    browserContextId: targetInfo.browserContextId ?? "",
  });

  await page.press();

  await page.shows("what", /^This page may not use the camera\.$/);
  await page.shows("cure", /beside the page's address/);
  assert.equal(await page.text("state"), "Off");
});

/** Screen wake locks as the system gives and takes them; the real ones tell no test whether they are held. */
const COUNT_WAKE_LOCKS = `{
  window.held = 0;
  navigator.wakeLock.request = async () => {
    const lock = new EventTarget();
    lock.released = false;
    lock.release = async () => {
      if (lock.released) return;
      lock.released = true;
      window.held -= 1;
      lock.dispatchEvent(new Event("release"));
    };
    window.takeBack = lock.release;
    window.held += 1;
    return lock;
  };
}`;

/** What the browser does when a camera is unplugged or somebody presses "Stop sharing": no script can. */
const END_TRACK = `{ const track = ${CAMERA_TRACK}; track.stop(); track.dispatchEvent(new Event("ended")); }`;

async function started(t: TestContext, browser: Browser, server: PublishServer): Promise<PublishPage> {
  const page = await PublishPage.open(t, browser, `${server.url}/publish`);
  await page.press();
  await page.shows("state", /^Live$/);
  return page;
}

function widthOf(jpeg: Buffer | undefined): number {
  return jpeg === undefined ? Infinity : (readJpegInfo(jpeg)?.width ?? Infinity);
}
