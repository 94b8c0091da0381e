// What another driver is needed for: Firefox, and tabs of Chromium that are really hidden behind another one.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { launch, type Browser, type LaunchOptions, type Page } from "puppeteer-core";
import { Command } from "./support/command.ts";
import { needs, pathOf } from "./support/programs.ts";
import { publishServer } from "./support/publish-server.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

/** A browser without a graphics card, beside everything else on two cores. */
const PATIENCE_MS = 20_000;

test("Chromium goes on at the same rate while another tab is in front", needs("chromium"), async (t) => {
  const server = await publishServer(t);
  const browser = await start(t, {
    browser: "chrome",
    executablePath: pathOf("chromium"),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--use-fake-device-for-media-stream=fps=30",
      "--use-fake-ui-for-media-stream",
    ],
  });
  const page = await publishFrom(browser, `${server.url}/publish`);

  const other = await browser.newPage();
  await other.bringToFront();
  await until(
    async () => (await page.evaluate("document.hidden")) === true,
    "the tab to be hidden",
    PATIENCE_MS,
  );
  const from = server.pictures.length;
  const since = performance.now();
  await until(() => server.pictures.length >= from + 30, "two seconds of pictures", PATIENCE_MS);

  // A page's own timers would come once a second here.
  const fps = 30_000 / (performance.now() - since);
  assert.ok(fps > 5, `${fps} pictures a second`);
  const kinds = new Set(server.pictures.slice(from).map((jpeg) => jpeg.toString("latin1")));
  assert.ok(kinds.size > 15, `only ${kinds.size} of 30 pictures are different`);
});

test("Firefox publishes its camera", needs("firefox"), async (t) => {
  const { url, port } = await Command.serve(t, ["test:"]);
  const browser = await start(t, {
    browser: "firefox",
    executablePath: pathOf("firefox"),
    extraPrefsFirefox: { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true },
  });

  await publishFrom(browser, `${url}/publish?stream=fox`);

  const watcher = new Watcher(port, "fox");
  t.after(() => watcher.close());
  const { jpeg } = await watcher.next(() => true, "a picture");
  await watcher.next((part) => !part.jpeg.equals(jpeg), "another picture");
});

async function start(t: TestContext, options: LaunchOptions): Promise<Browser> {
  const browser = await launch({ ...options, headless: true, timeout: 30_000, protocolTimeout: 30_000 });
  t.after(async () => {
    // One that hangs must not outlive the test.
    const timer = setTimeout(() => browser.process()?.kill("SIGKILL"), 10_000);
    await browser.close();
    clearTimeout(timer);
  });
  return browser;
}

async function publishFrom(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.click('[data-part="start"]');
  const state = `document.querySelector('[data-part="state"]').textContent`;
  await until(async () => (await page.evaluate(state)) === "Live", "the page to be live", PATIENCE_MS);
  return page;
}
