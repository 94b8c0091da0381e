import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { ImageServer } from "../src/index.ts";
import { pushServer } from "./support/publisher.ts";
import { RawClient } from "./support/raw-client.ts";
import { RED } from "./support/two-pictures.ts";

const KEY = "the view key";
const PUBLISH_KEY = "the publish key";

test("with a publish key whoever brings it may publish: in the address, as a token, as a password", async (t) => {
  const { url } = await pushServer(t, { publishKey: PUBLISH_KEY });
  const put = async (query: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${url}/streams/door/snapshot.jpg${query}`, {
      method: "PUT",
      body: RED,
      headers,
    });
    return answer.status;
  };
  const basic = `Basic ${Buffer.from(`cam:${PUBLISH_KEY}`).toString("base64")}`;

  assert.equal(await put(`?key=${encodeURIComponent(PUBLISH_KEY)}`), 204);
  assert.equal(await put("", { Authorization: basic }), 204);
  assert.equal(await put(""), 401);
  assert.equal(await put("?key=another%20key"), 401);
});

test("the publish key shows nothing and sets no cookie, and the view key publishes nothing", async (t) => {
  const { url } = await pushServer(t, { key: KEY, publishKey: PUBLISH_KEY });
  const address = (key: string) => `${url}/streams/door/snapshot.jpg?key=${encodeURIComponent(key)}`;

  const put = await fetch(address(PUBLISH_KEY), { method: "PUT", body: RED });
  const look = await fetch(address(PUBLISH_KEY));
  const putByViewer = await fetch(address(KEY), { method: "PUT", body: RED });
  const lookByViewer = await fetch(address(KEY));

  assert.deepEqual([put.status, look.status, putByViewer.status, lookByViewer.status], [204, 401, 401, 200]);
  assert.equal(put.headers.get("set-cookie"), null);
  assert.match(await putByViewer.text(), /needs the publish key \(the view key is another\)/);
});

test("without a publish key programs of this machine may publish, and pages of other origins never", async (t) => {
  const { url, port } = await pushServer(t, { key: KEY });
  const put = async (...headers: string[]) => {
    const client = new RawClient(port);
    t.after(() => client.close());
    const head = ["PUT /streams/door/snapshot.jpg HTTP/1.1", ...headers, `Content-Length: ${RED.length}`];
    client.send([...head, "Connection: close", "", ""].join("\r\n"));
    client.send(RED);
    await client.end();
    return client.text.slice(9, 12);
  };

  assert.equal((await fetch(`${url}/streams/door/snapshot.jpg`, { method: "PUT", body: RED })).status, 204);
  assert.equal(await put("Host: localhost:1"), "204");
  assert.equal(await put("Host: 127.0.0.1", "X-Forwarded-For: 10.0.0.7"), "403");
  assert.equal(await put("Host: evil.example"), "403");
  assert.equal(await put("Host: 127.0.0.1", "Origin: http://evil.example"), "403");
  assert.equal(await put("Host: 127.0.0.1", "Sec-Fetch-Site: cross-site"), "403");
});

test("a page of another origin needs the publish key in the address: a login may be its browser's", async (t) => {
  const { url } = await pushServer(t, { publishKey: PUBLISH_KEY });
  const headers = {
    Origin: "http://elsewhere.example",
    Authorization: `Basic ${Buffer.from(`cam:${PUBLISH_KEY}`).toString("base64")}`,
  };
  const address = `${url}/streams/door/snapshot.jpg`;

  const borrowed = await fetch(address, { method: "PUT", body: RED, headers });
  const own = await fetch(`${address}?key=${PUBLISH_KEY}`, { method: "PUT", body: RED, headers });

  assert.deepEqual([borrowed.status, own.status], [401, 204]);
  assert.equal(own.headers.get("access-control-allow-origin"), "*");
});

test("a key that is short, or both keys at once, is refused without showing it", () => {
  const wrong = { code: "ERR_OPTION_INVALID" };

  assert.throws(() => new ImageServer({ publishKey: "short" }), {
    ...wrong,
    message: /^publishKey must be at least 8/,
  });
  assert.throws(() => new ImageServer({ key: KEY, publishKey: KEY }), {
    ...wrong,
    message: 'publishKey must be another than the key of viewers, got "***"',
  });
});

test("what publishers are served without a key holds no secret: the files of the pages, and no page of streams", async (t) => {
  const { url } = await pushServer(t, { key: KEY });

  const icon = await fetch(`${url}/favicon.ico`);
  const page = await fetch(url);

  assert.notEqual(icon.status, 401);
  assert.equal(page.status, 401);
});

for (const [what, query, code] of [
  ["no key", "", 4401],
  ["a wrong key", "?key=wrong-wrong", 4401],
] as const) {
  test(`a WebSocket with ${what} is accepted and closed with ${code}, as browsers cannot see a refusal`, async (t) => {
    const { port } = await pushServer(t, { publishKey: PUBLISH_KEY });

    const socket = new WebSocket(`ws://127.0.0.1:${port}/streams/door/publish${query}`);
    const [event] = (await once(socket, "close")) as [CloseEvent];

    assert.equal(event.code, code);
    assert.match(event.reason, /^publishing here needs the publish key/);
    assert.ok(Buffer.byteLength(event.reason) <= 123);
  });
}
