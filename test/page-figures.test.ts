import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import type { ViewerStatus } from "../src/wire/api-types.ts";
import { openPage, type Page } from "./support/browser.ts";
import { Command } from "./support/command.ts";
import { needs } from "./support/programs.ts";
import { until } from "./support/until.ts";

/** A browser without a graphics card, beside everything else on two cores. */
const PATIENCE_MS = 20_000;
const CARD = "test:?size=320x180&fps=10";

/** Answers `/api/viewers` itself; `next` asks Kinora. */
type Reply = (res: ServerResponse, next: () => Promise<readonly ViewerStatus[]>) => void | Promise<void>;

/** A Kinora behind something that changes what it tells of the page's viewers, and counts how often it is asked. */
interface Scene {
  readonly url: string;
  readonly asked: { streams: number; viewers: number };
  reply: Reply;
}

test("The page's figures", needs("chromium"), async (t) => {
  const scene = await setScene(t, [CARD]);
  const page = await openPage(t, "chromium");

  await t.test("are of what the page itself is sent, and asked for once with each status", async () => {
    await page.open(`${scene.url}/`);
    await showing(page, "age", /^(<1|\d+) ms old$/);

    const { streams, viewers } = scene.asked;
    await until(() => Promise.resolve(scene.asked.streams >= streams + 2), "two more polls", PATIENCE_MS);

    assert.equal((await textOf(page, "drops")).split(" ")[1]?.startsWith("drop"), true);
    assert.match(await textOf(page, "fps"), /^\d+(\.\d)? fps$/);
    assert.equal(await titleOf(page, "fps"), "Pictures a second that this page is sent");
    const difference = scene.asked.viewers - viewers;
    assert.ok(difference >= 1 && difference <= 3, `${difference} more requests`);
    assert.equal(await page.evaluate(`document.querySelector('[role="status"][data-part]').textContent`), "");
  });

  await t.test("say it calmly when the connection is slow, and stop saying it", async () => {
    let drops = 0;
    let more = 40;
    scene.reply = async (res, next) => {
      drops += more;
      res.end(JSON.stringify((await next()).map((viewer) => ({ ...viewer, drops }))));
    };

    await showing(page, "slow", /^Slow connection: showing [\d.]+ of [\d.]+ pictures a second$/);
    const announced = await page.evaluate(`document.querySelector('[data-part="announcer"]').textContent`);
    more = 0;
    await showing(page, "slow", /^$/);

    assert.equal(announced, "test: slow connection");
  });

  await t.test(
    "are the stream's where the server does not tell of viewers, which is not asked each time",
    async () => {
      scene.reply = (res) => void res.writeHead(403).end();
      await page.open(`${scene.url}/`);
      const refused = async () => (await titleOf(page, "drops")).endsWith("all viewers together");
      await until(refused, "the stream's figures", PATIENCE_MS);

      const { streams, viewers } = scene.asked;
      await until(() => Promise.resolve(scene.asked.streams >= streams + 3), "three more polls", PATIENCE_MS);

      assert.match(await textOf(page, "fps"), /^\d+(\.\d)? fps$/);
      assert.match(await textOf(page, "age"), / old$/);
      assert.ok(scene.asked.viewers - viewers <= 1);
      scene.reply = faithful;
    },
  );

  await t.test("outlive that another tab has the same key: this one takes a new one", async () => {
    await page.open(`${scene.url}/`);
    await showing(page, "age", / old$/);
    const key = await keyOf(page);
    // Within one page two channels are as good as two tabs.
    await page.evaluate(`new BroadcastChannel("kinora:viewer-key").postMessage("${key}")`);

    const isReplaced = async () => (await viewersOf(scene.url, await keyOf(page))).length === 1;
    await until(async () => (await keyOf(page)) !== key, "another key", PATIENCE_MS);
    await until(isReplaced, "a viewer with the new key", PATIENCE_MS);

    await until(
      async () => (await viewersOf(scene.url, key)).length === 0,
      "the old viewer to go",
      PATIENCE_MS,
    );
  });

  await t.test("come back when the server has cut this page's viewer", async () => {
    const [viewer] = await viewersOf(scene.url, await keyOf(page));
    assert.ok(viewer);
    const live = `${scene.url}/streams/test/live.mjpeg`;
    // Somebody else watches too: the stream alone does not tell that the page does not.
    const other = await fetch(live);
    t.after(() => other.body?.cancel());
    const cutter = await fetch(`${live}?viewer=${await keyOf(page)}`);
    await cutter.body?.cancel();

    const isBack = async () => {
      const [now] = await viewersOf(scene.url, await keyOf(page));
      return now !== undefined && now.id !== viewer.id && now.userAgent === viewer.userAgent;
    };
    await until(isBack, "the page's next viewer", PATIENCE_MS);
  });
});

test(
  "Streams that are shown by snapshots tell the age of what is seen, and nothing of viewers",
  needs("chromium"),
  async (t) => {
    const names = ["one", "two", "three", "four", "five"];
    const scene = await setScene(
      t,
      names.map((name) => `${name}=${CARD}`),
    );
    const page = await openPage(t, "chromium");
    await page.open(`${scene.url}/`);

    await showing(page, "age", /^\d+ ms old$/);

    assert.equal(await titleOf(page, "age"), "How old the picture is that you see");
    assert.equal(
      await page.evaluate(`document.querySelector('[data-part="drops"]').checkVisibility()`),
      false,
    );
    assert.equal(scene.asked.viewers, 0);
  },
);

async function setScene(t: TestContext, sources: readonly string[]): Promise<Scene> {
  const { url } = await Command.serve(t, sources);
  const asked = { streams: 0, viewers: 0 };
  const server = createServer((req, res) => {
    const path = req.url ?? "/";
    if (path.startsWith("/api/streams")) asked.streams += 1;
    if (!path.startsWith("/api/viewers")) {
      pass(url, req, res);
      return;
    }
    asked.viewers += 1;
    const next = async () => (await (await fetch(url + path)).json()) as ViewerStatus[];
    void Promise.resolve(scene.reply(res, next)).catch((error: unknown) => res.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const front = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scene: Scene = { url: front, asked, reply: faithful };
  return scene;
}

const faithful: Reply = async (res, next) => void res.end(JSON.stringify(await next()));

function pass(url: string, req: IncomingMessage, res: ServerResponse): void {
  const onward = request(url + (req.url ?? "/"), { headers: req.headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  onward.on("error", () => res.destroy());
  res.on("close", () => onward.destroy());
  onward.end();
}

async function keyOf(page: Page): Promise<string> {
  return String(await page.evaluate('sessionStorage.getItem("kinora:viewer-key")'));
}

async function viewersOf(url: string, key: string): Promise<readonly ViewerStatus[]> {
  const response = await fetch(`${url}/api/viewers?viewer=${key}`);
  return (await response.json()) as ViewerStatus[];
}

/** Waits until the first tile shows such a text there; what is hidden is empty. */
async function showing(page: Page, part: string, text: RegExp): Promise<void> {
  let last = "";
  const matches = async () => text.test((last = await textOf(page, part)));
  await until(matches, `${String(text)} in "${part}"`, PATIENCE_MS).catch((error: unknown) => {
    throw new Error(`"${part}" shows "${last}"`, { cause: error });
  });
}

async function textOf(page: Page, part: string): Promise<string> {
  return String(
    await page.evaluate(`${find(part)}?.checkVisibility() ? ${find(part)}.textContent.trim() : ""`),
  );
}

async function titleOf(page: Page, part: string): Promise<string> {
  return String(await page.evaluate(`${find(part)}?.parentElement.title`));
}

function find(part: string): string {
  return `document.querySelector('.tile [data-part="${part}"]')`;
}
