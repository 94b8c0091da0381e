import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { ImageServer } from "../src/index.ts";
import { openPage } from "./support/browser.ts";
import { needs } from "./support/programs.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const LISTED = "https://a.example";
const CORS = [LISTED, "http://localhost:3000"];
const ADDRESSES = [
  "/streams/a/live.mjpeg",
  "/streams/a/snapshot.jpg",
  "/api/streams",
  "/metrics",
  "/nothing",
];

interface Manners {
  readonly origin: string | undefined;
  readonly credentials: string | undefined;
  readonly exposed: string | undefined;
  readonly policy: string | undefined;
  readonly vary: string | undefined;
}

/** What the answer's head tells of other origins; read raw, as fetch() keeps some of it to itself. */
async function manners(port: number, path: string, ...headers: readonly string[]): Promise<Manners> {
  const client = RawClient.get(port, path, ...headers);
  await client.until((text) => text.includes("\r\n\r\n"), "the head");
  client.close();
  const value = (name: string): string | undefined => {
    const found = [...client.text.matchAll(new RegExp(`^${name}: (.*)\r$`, "gim"))];
    assert.ok(found.length < 2, `${name} comes ${found.length} times`);
    return found[0]?.[1];
  };
  return {
    origin: value("Access-Control-Allow-Origin"),
    credentials: value("Access-Control-Allow-Credentials"),
    exposed: value("Access-Control-Expose-Headers"),
    policy: value("Cross-Origin-Resource-Policy"),
    vary: value("Vary"),
  };
}

const EXPOSED = "X-Timestamp, Age, ETag, Last-Modified, Retry-After";

test("by default pages of any origin may read everything but the viewers, and never with credentials", async (t) => {
  const { port, hub } = await stage(t);
  hub.publish({ jpeg: RED, capturedAt: 0 });

  for (const path of ADDRESSES) {
    assert.deepEqual(
      await manners(port, path, `Origin: ${LISTED}`),
      { origin: "*", credentials: undefined, exposed: EXPOSED, policy: "cross-origin", vary: undefined },
      path,
    );
  }
  const viewers = await manners(port, "/api/viewers", `Origin: ${LISTED}`);
  assert.deepEqual([viewers.origin, viewers.policy], [undefined, "same-origin"]);
});

test("with a list only those origins may read, with credentials, and the others may not even show", async (t) => {
  const { port, hub } = await stage(t, { cors: CORS });
  hub.publish({ jpeg: RED, capturedAt: 0 });
  const closed = { origin: undefined, credentials: undefined, exposed: undefined, policy: "same-origin" };

  for (const path of ADDRESSES) {
    assert.deepEqual(
      await manners(port, path, `Origin: ${LISTED}`),
      { origin: LISTED, credentials: "true", exposed: EXPOSED, policy: "cross-origin", vary: "Origin" },
      path,
    );
    for (const other of ["https://b.example", "https://a.example.evil", "null", "http://localhost"]) {
      assert.deepEqual(await manners(port, path, `Origin: ${other}`), { ...closed, vary: "Origin" }, path);
    }
  }
  const viewers = await manners(port, "/api/viewers", `Origin: ${LISTED}`);
  assert.deepEqual([viewers.origin, viewers.credentials], [undefined, undefined]);
});

test("an <img> of a listed origin, which sends only its Referer, may be shown", async (t) => {
  const { port } = await stage(t, { cors: `${LISTED}, http://localhost:3000` });
  const policy = async (...headers: readonly string[]) =>
    (await manners(port, "/streams/a/live.mjpeg", ...headers)).policy;

  assert.equal(await policy(`Referer: ${LISTED}/`), "cross-origin");
  assert.equal(await policy(`Referer: ${LISTED}/page?x`), "cross-origin");
  assert.equal(await policy("Referer: https://a.example.evil/"), "same-origin");
  assert.equal(await policy("Referer: https://a.example@b.example/"), "same-origin");
  assert.equal(await policy("Referer: nonsense"), "same-origin");
  assert.equal(await policy(`Referer: ${LISTED}/`, "Origin: https://b.example"), "same-origin");
  assert.equal(await policy(), "same-origin");
});

test("off keeps all answers from pages of other origins", async (t) => {
  const { port } = await stage(t, { cors: "off" });

  const { origin, policy } = await manners(port, "/api/streams", `Origin: ${LISTED}`);

  assert.deepEqual([origin, policy], [undefined, "same-origin"]);
});

test("what a browser asks in advance is answered for the origins that may, and for no others", async (t) => {
  const { port } = await stage(t, { cors: CORS, key: "a secret key" });
  const ask = (origin: string) =>
    fetch(`http://127.0.0.1:${port}/api/streams`, { method: "OPTIONS", headers: { Origin: origin } });

  const listed = await ask(LISTED);
  const other = await ask("https://b.example");

  assert.equal(listed.status, 204);
  assert.equal(listed.headers.get("access-control-allow-origin"), LISTED);
  assert.equal(listed.headers.get("access-control-allow-credentials"), "true");
  assert.match(listed.headers.get("access-control-allow-headers") ?? "", /Authorization/);
  assert.equal(other.status, 204);
  assert.equal(other.headers.get("access-control-allow-origin"), null);
  assert.equal(other.headers.get("access-control-allow-methods"), null);
});

test("only a page of a listed origin may open a WebSocket with the cookie or login of whoever looks at it", async (t) => {
  const { port } = await stage(t, { cors: CORS, key: "a secret key" });
  const anyone = await stage(t, { key: "a secret key" });
  const open = async (toPort: number, origin: string): Promise<string> => {
    const client = RawClient.get(
      toPort,
      "/streams/a/live.mjpeg",
      ...["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
      ...["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", `Origin: ${origin}`, "Sec-Fetch-Site: cross-site"],
      `Cookie: kinora_${toPort}=a%20secret%20key`,
    );
    await client.until((text) => text.includes("\r\n\r\n"), "the head");
    client.close();
    return client.text.slice(9, 12);
  };

  assert.equal(await open(port, LISTED), "101");
  assert.equal(await open(port, "https://b.example"), "401");
  assert.equal(await open(anyone.port, LISTED), "401");
});

test("with a list, or off, pages of other origins get no pictures by WebSocket, and programs do", async (t) => {
  const some = await stage(t, { cors: CORS });
  const off = await stage(t, { cors: "off" });
  const anyone = await stage(t);
  const open = async (port: number, path: string, ...headers: readonly string[]): Promise<string> => {
    const client = RawClient.get(
      port,
      path,
      ...["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"],
      ...["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ...headers],
    );
    await client.until((text) => text.includes("\r\n\r\n"), "the head");
    client.close();
    return client.text.slice(9, 12);
  };

  for (const path of ["/streams/a/live.mjpeg", "/api/live"]) {
    assert.equal(await open(some.port, path, `Origin: ${LISTED}`), "101", path);
    assert.equal(await open(some.port, path, "Origin: https://b.example"), "403", path);
    assert.equal(await open(some.port, path), "101", path);
    assert.equal(await open(off.port, path, `Origin: ${LISTED}`), "403", path);
    assert.equal(await open(off.port, path, "Origin: http://127.0.0.1"), "101", path);
    assert.equal(await open(anyone.port, path, "Origin: https://b.example"), "101", path);
  }
});

test("a listed origin publishes only with the key in the address, and manages no viewers", async (t) => {
  const server = new ImageServer({ source: "push:", publishKey: "publish it", cors: CORS });
  await server.start(0);
  t.after(() => server.stop());
  const elsewhere = { Origin: LISTED, "Sec-Fetch-Site": "cross-site" };
  const login = `Basic ${Buffer.from("x:publish it").toString("base64")}`;

  const put = await fetch(`${server.url}streams/main/snapshot.jpg`, {
    method: "PUT",
    body: new Uint8Array(RED),
    headers: { ...elsewhere, Authorization: login },
  });
  const viewers = await fetch(`${server.url}api/viewers`, { headers: elsewhere });

  assert.equal(put.status, 401);
  assert.equal(viewers.status, 403);
});

test("headers of a server around Kinora stay, in streams, too", async (t) => {
  const cams = new ImageServer({ source: () => RED, cors: CORS });
  const own = createServer((req, res) => {
    res.setHeader("Vary", "Cookie");
    res.setHeader("Set-Cookie", ["a=1", "b=2"]);
    res.setHeader("Cross-Origin-Resource-Policy", "same-site");
    cams.handler(req, res);
  });
  own.listen(0, "127.0.0.1");
  await once(own, "listening");
  t.after(async () => {
    await cams.stop();
    own.closeAllConnections();
    own.close();
  });
  const { port } = own.address() as AddressInfo;

  for (const path of ["/streams/main/live.mjpeg", "/streams/main/snapshot.jpg"]) {
    const client = RawClient.get(port, path, `Origin: ${LISTED}`);
    await client.until((text) => text.includes("\r\n\r\n"), "the head");
    client.close();

    const [head = ""] = client.text.split("\r\n\r\n");
    assert.match(head, /^Vary: Cookie\r?$/im);
    assert.match(head, /^Vary: Origin\r?$/im);
    assert.match(head, /^Set-Cookie: a=1\r?$/im);
    assert.match(head, /^Set-Cookie: b=2\r?$/im);
    assert.match(head, /^Cross-Origin-Resource-Policy: cross-origin\r?$/im);
    assert.doesNotMatch(head, /same-site/);
  }
});

test("what is no origin is refused by its name", () => {
  const wrong = ["a.example", "https://a.example/path", "https://u@a.example", "null"];
  wrong.push("ftp://a.example", "", "https://*.example", "file:///x", "*");
  for (const origin of wrong) {
    const cors = origin === "*" ? [origin] : `http://localhost:3000,${origin}`;
    assert.throws(() => new ImageServer({ cors }), {
      code: "ERR_OPTION_INVALID",
      message: new RegExp(`cors.*got "${origin.replaceAll(/[*?.]/g, "\\$&")}"$`),
    });
  }
});

test(
  "a real browser shows and reads for pages of a listed origin, and not for others",
  needs("chromium"),
  async (t) => {
    const listed = await pageServer(t);
    const other = await pageServer(t);
    const server = new ImageServer({ source: () => RED, cors: [listed] });
    await server.start(0);
    t.after(() => server.stop());
    const page = await openPage(t, "chromium");
    const looks = async (from: string): Promise<unknown> => {
      await page.open(`${from}/?${encodeURIComponent(`${server.url}streams/main/live.mjpeg`)}`);
      const shown = async () => (await page.evaluate("window.shown")) !== undefined;
      await until(shown, "the picture or an error", 20_000);
      const read = `fetch(${JSON.stringify(`${server.url}api/streams`)}, { credentials: "include" })
      .then((answer) => answer.ok, () => false)`;
      return [await page.evaluate("window.shown"), await page.evaluate(read)];
    };

    assert.deepEqual(await looks(listed), ["load", true]);
    assert.deepEqual(await looks(other), ["error", false]);
  },
);

/** A page that shows the picture its query names; each server is an origin of its own. */
async function pageServer(t: TestContext): Promise<string> {
  const html = `<!doctype html><img onload="shown = 'load'" onerror="shown = 'error'"><script>
    document.images[0].src = decodeURIComponent(location.search.slice(1)); </script>`;
  const server = createServer((_, res) => res.setHeader("Content-Type", "text/html").end(html));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // localhost is another site than 127.0.0.1, where Kinora is: two ports of one name would be the same site.
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
