// The page against the server itself: from a camera in Chromium to a viewer.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { cameraBrowser, OTHER_NAME, PublishPage } from "./support/camera-browser.ts";
import { Command } from "./support/command.ts";
import { freePort } from "./support/free-port.ts";
import { nginxBefore } from "./support/nginx.ts";
import { needs } from "./support/programs.ts";
import { statusOf } from "./support/status.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

const KEY = "publish-key-of-this-test";

test("The page /publish and its server", needs("chromium"), async (t) => {
  const browser = await cameraBrowser(t);

  await t.test("a camera in a browser becomes a stream that viewers see moving", async (t) => {
    const { url, port } = await Command.serve(t, ["test:"]);
    const page = await live(t, browser, `${url}/publish?stream=hall`);

    const watcher = new Watcher(port, "hall");
    t.after(() => watcher.close());
    const pictures: Buffer[] = [];
    while (pictures.length < 4) {
      const { jpeg } = await watcher.next(
        (part) => !pictures.some((seen) => seen.equals(part.jpeg)),
        "a new picture",
      );
      pictures.push(jpeg);
    }
    await page.shows("viewers", /^1$/);

    assert.equal((await statusOf(url, "hall")).state, "live");
    assert.equal((await statusOf(url, "hall")).width, 1280);
    assert.deepEqual(page.complaints, []);
  });

  await t.test("viewers stay while the camera and the size change", async (t) => {
    const { url, port } = await Command.serve(t, ["test:"]);
    const page = await live(t, browser, `${url}/publish`);
    const watcher = new Watcher(port, "phone");
    t.after(() => watcher.close());
    await watcher.next(() => true, "a picture");

    await page.page.selectOption("#size", "640x360");
    await until(async () => ((await statusOf(url, "phone")).width ?? 9999) <= 640, "small pictures");
    await page.page.selectOption("#camera", { index: 1 });
    await page.shows("state", /^Live$/);
    await watcher.next(() => true, "a picture of the other camera");

    assert.equal(watcher.trouble, undefined);
  });

  await t.test("a server that starts again gets its pictures again", async (t) => {
    const port = await freePort();
    const first = new Command(["--port", String(port), "test:"]);
    t.after(() => first.stop());
    await first.port();
    const page = await live(t, browser, `http://127.0.0.1:${port}/publish`);

    await first.stop();
    await page.shows("state", /^Trying again$/);
    const second = new Command(["--port", String(port), "test:"]);
    t.after(() => second.stop());
    await second.port();
    await page.shows("state", /^Live$/);

    const watcher = new Watcher(port, "phone");
    t.after(() => watcher.close());
    await watcher.next(() => true, "a picture");
  });

  await t.test("a wrong key is asked for again, and the right one publishes", async (t) => {
    const { url } = await Command.serve(t, ["--publish-key", KEY, "test:"]);
    const page = await PublishPage.open(t, browser, `${url}/publish?key=not-the-key`);

    await page.press();
    await page.shows("what", /^This is not the key/);
    await page.page.fill('[data-part="key"]', KEY);
    await page.page.press('[data-part="key"]', "Enter");

    await page.shows("state", /^Live$/);
  });

  await t.test("one page takes a stream over from another, which stops", async (t) => {
    const { url } = await Command.serve(t, ["test:"]);
    const first = await live(t, browser, `${url}/publish`);
    const second = await PublishPage.open(t, browser, `${url}/publish`);

    await second.press();
    await second.shows("state", /^Not sent$/);
    await second.page.click('[data-part="takeover"]');
    await second.shows("state", /^Live$/);

    await first.shows("state", /^Off$/);
    assert.notEqual(await first.text("what"), "");
    assert.equal(await first.page.isVisible('[data-part="takeover"]'), true);
  });

  await t.test("a stream with another source is not taken over", async (t) => {
    const { url } = await Command.serve(t, ["card=test:"]);
    const page = await PublishPage.open(t, browser, `${url}/publish?stream=card`);

    await page.press();
    await page.shows("what", /"card" takes its pictures from/);

    assert.equal(await page.text("state"), "Off");
    assert.equal(await page.page.isVisible('[data-part="takeover"]'), false);
    assert.match(await page.text("cure"), /another name/);
  });

  await t.test("another device is told why it has no camera by http", async (t) => {
    const { port } = await Command.serve(t, ["test:"]);
    const origin = `http://${OTHER_NAME}:${port}`;
    const page = await PublishPage.open(t, browser, `${origin}/publish`);

    await page.page.getByText("Browsers give the camera only to secure pages").waitFor();

    assert.equal(await page.text("trusted"), origin);
    assert.deepEqual(page.complaints, []);
  });

  await t.test("it works through nginx, set up as docs/http-api.md says", needs("nginx"), async (t) => {
    const { port } = await Command.serve(t, ["--publish-key", KEY, "--trust-proxy", "loopback", "test:"]);
    const settings = [
      "proxy_http_version 1.1",
      "proxy_buffering off",
      "proxy_read_timeout 60s",
      "proxy_set_header Host $http_host",
      "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for",
      "proxy_set_header Upgrade $http_upgrade",
      "proxy_set_header Connection upgrade",
    ];
    const front = await nginxBefore(t, port, `${settings.join(";")};`);

    const page = await live(t, browser, `http://127.0.0.1:${front}/publish?key=${KEY}`);

    const watcher = new Watcher(port, "phone");
    t.after(() => watcher.close());
    await watcher.next(() => true, "a picture");
    assert.deepEqual(page.complaints, []);
  });

  await t.test("the page with every stream leads to it", async (t) => {
    const { url } = await Command.serve(t, ["test:"]);
    const page = await PublishPage.open(t, browser, `${url}/`);

    await page.page.getByRole("link", { name: "Publish" }).click();

    await page.page.waitForURL(`${url}/publish`);
    await page.page.getByRole("button", { name: "Start" }).waitFor();
  });
});

test("the page and its files need no key", async (t) => {
  const { url } = await Command.serve(t, ["--key", "key-of-the-viewers", "--publish-key", KEY, "test:"]);

  const answers = await Promise.all(
    ["publish", "ui/publish.js", "ui/publish-encoder.js", "ui/page.css"].map((path) =>
      fetch(`${url}/${path}`),
    ),
  );

  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  assert.match(answers[0]?.headers.get("content-security-policy") ?? "", /frame-ancestors 'self'/);
  assert.equal((await fetch(`${url}/`)).status, 401);
});

async function live(t: TestContext, browser: Browser, url: string): Promise<PublishPage> {
  const page = await PublishPage.open(t, browser, url);
  await page.press();
  await page.shows("state", /^Live$/);
  return page;
}
