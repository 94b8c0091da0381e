import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { ImageServer } from "../src/index.ts";
import { http2Client } from "./support/http2-client.ts";
import { pathOf, needs } from "./support/programs.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const SAFARI =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
const PHONE_CHROME =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1";
const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const NAVIGATION = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/** The type of the answer. */
async function typeOf(port: number, path: string, ...headers: readonly string[]): Promise<string> {
  const client = RawClient.get(port, path, ...headers);
  await client.until((text) => text.includes("\r\n\r\n"), "the head");
  client.close();
  return /^content-type: ([\w/-]+)/im.exec(client.text)?.[1] ?? "";
}

test("only a browser that would show nothing gets a page around a stream that it opens as a document", async (t) => {
  const { port } = await stage(t);
  const live = "/streams/a/live.mjpeg";
  const stream = "multipart/x-mixed-replace";
  const cases: readonly (readonly [string, string, ...string[]])[] = [
    ["text/html", live, `User-Agent: ${SAFARI}`, NAVIGATION],
    ["text/html", live, `User-Agent: ${PHONE_CHROME}`, NAVIGATION],
    ["text/html", live, `User-Agent: ${SAFARI}`, NAVIGATION, "Sec-Fetch-Dest: document"],
    ["text/html", live, `User-Agent: ${SAFARI}`, NAVIGATION, "Sec-Fetch-Dest: iframe"],
    ["text/html", "/?action=stream", `User-Agent: ${SAFARI}`, NAVIGATION],
    [stream, live, `User-Agent: ${CHROME}`, NAVIGATION],
    [stream, live, `User-Agent: ${CHROME}`, NAVIGATION, "Sec-Fetch-Dest: document"],
    [stream, live, `User-Agent: ${FIREFOX}`, NAVIGATION],
    [stream, live, `User-Agent: ${CHROME.replace(" Chrome/", " HeadlessChrome/")}`, NAVIGATION],
    [
      stream,
      live,
      `User-Agent: ${SAFARI}`,
      "Accept: image/webp,image/avif,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
    ],
    [stream, live, `User-Agent: ${SAFARI}`, NAVIGATION, "Sec-Fetch-Dest: image"],
    [stream, live, `User-Agent: ${SAFARI}`, "Accept: */*"],
    [stream, live, `User-Agent: ${SAFARI}`],
    [stream, live, "User-Agent: curl/8.5.0", "Accept: */*"],
    [stream, live, "User-Agent: some program", NAVIGATION],
    [stream, `${live}?raw-view`, `User-Agent: ${SAFARI}`, NAVIGATION],
    [stream, `${live}?layout=browser`, `User-Agent: ${SAFARI}`, NAVIGATION],
    ["application/octet-stream", `${live}?raw=1`, `User-Agent: ${SAFARI}`, NAVIGATION],
  ];

  for (const [type, path, ...headers] of cases) {
    assert.equal(await typeOf(port, path, ...headers), type, `${path} ${headers.join(" | ")}`);
  }
});

test("the page keeps the parameters, names the snapshot from any depth, and needs the key as the stream does", async (t) => {
  const { port, viewers } = await stage(t, { key: "a secret key" });
  const open = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { "User-Agent": SAFARI, Accept: "text/html" },
    });
    return {
      answer,
      html: (await answer.text()).replaceAll(/&#(\d+);/g, (_, code: string) =>
        String.fromCharCode(Number(code)),
      ),
    };
  };

  const named = await open(`/streams/a/live.mjpeg?key=a%20secret%20key&width=320&"><b>`);
  const first = await open("/?action=stream&key=a%20secret%20key");
  const refused = await open("/streams/a/live.mjpeg");
  const wrong = await open("/streams/a/live.mjpeg?key=a%20secret%20key&frames=0");

  assert.equal(named.answer.status, 200);
  assert.match(named.html, /<title>a · Kinora<\/title>/);
  assert.match(named.html, /<img src="\?key=a\+secret\+key&width=320&%22%3E%3Cb%3E=&raw-view=1"/);
  assert.match(named.html, /href="\.\.\/\.\.\/streams\/a\/snapshot\.jpg\?key=a\+secret\+key&width=320/);
  assert.match(first.html, /<img src="\?action=stream&key=a\+secret\+key&raw-view=1"/);
  assert.match(first.html, /href="streams\/a\/snapshot\.jpg\?/);
  assert.match(named.answer.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.equal(refused.answer.status, 401);
  assert.equal(wrong.answer.status, 400);
  assert.equal(viewers.size, 0);
});

test("HEAD tells of the page, and over HTTP/2 every browser gets it, and no program", async (t) => {
  const server = new ImageServer({ source: () => RED });
  const client = await http2Client(t, server);
  t.after(() => server.stop());
  const ask = async (headers: Readonly<Record<string, string>>): Promise<unknown> => {
    const request = client.request({ ":path": "/streams/main/live.mjpeg", ...headers });
    const [answer] = (await once(request, "response")) as [Record<string, string>];
    request.close();
    return [Number(answer[":status"]), answer["content-type"]];
  };
  const html = { accept: "text/html", "user-agent": CHROME };

  assert.deepEqual(await ask(html), [200, "text/html; charset=utf-8"]);
  assert.deepEqual(await ask({ ...html, ":method": "HEAD" }), [200, "text/html; charset=utf-8"]);
  assert.deepEqual(await ask({ accept: "*/*" }), [505, "text/plain; charset=utf-8"]);
  assert.deepEqual(await ask({ ...html, accept: "image/avif,image/*" }), [505, "text/plain; charset=utf-8"]);
});

const SHOWN = "document.images[0]?.naturalWidth";

test(
  "a real browser shows the live picture in the page, and single ones where it cannot come",
  needs("chromium"),
  async (t) => {
    const server = new ImageServer({ source: () => RED });
    await server.start(0);
    t.after(() => server.stop());
    const page = await openAs(t, SAFARI);

    await page.goto(`${server.url}streams/main/live.mjpeg`, { waitUntil: "commit" });
    await until(async () => (await page.evaluate(SHOWN)) === 32, "the live picture", 20_000);
    assert.equal(server.viewers.length, 1);
    assert.equal(await page.evaluate("document.title"), "main · Kinora");
    assert.equal(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(17, 17, 17)");
    const link = await page.evaluate("document.links[0].href");

    assert.equal(
      await fetch(String(link)).then((answer) => answer.headers.get("content-type")),
      "image/jpeg",
    );

    // Another server in between, which does not let streams through.
    const between = await withoutStreams(t, server);
    await page.goto(`${between}/streams/main/live.mjpeg`, { waitUntil: "commit" });
    await until(async () => (await page.evaluate(SHOWN)) === 32, "a single picture", 20_000);
    const state = "document.getElementById('state').textContent";
    await until(
      async () => String(await page.evaluate(state)).includes("Single pictures"),
      "the state",
      20_000,
    );
  },
);

/** Answers as a handler does behind HTTP/2: no stream has a connection of its own. */
async function withoutStreams(t: TestContext, server: ImageServer): Promise<string> {
  const { createServer } = await import("node:http");
  const own = createServer((req: IncomingMessage, res: ServerResponse) => {
    if (req.url?.includes("raw-view") === true) res.writeHead(505).end("no");
    else server.handler(req, res);
  });
  own.listen(0, "127.0.0.1");
  await once(own, "listening");
  t.after(() => {
    own.closeAllConnections();
    own.close();
  });
  return `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
}

/** Chromium, calling itself something else. */
async function openAs(t: TestContext, userAgent: string) {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: pathOf("chromium"),
    args: ["--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-background-networking"],
    timeout: 30_000,
  });
  t.after(() => browser.close());
  return browser.newPage({ userAgent });
}
