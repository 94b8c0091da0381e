import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { ImageServer, type ViewerStatus } from "../src/index.ts";
import { openPage } from "./support/browser.ts";
import { needs } from "./support/programs.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Asks with exactly these headers, also those that fetch() does not let through. */
async function ask(
  port: number,
  path: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request({ port, path, method, headers, agent: false }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
  });
  sent.on("error", reject).end();
  return promise;
}

async function listed(port: number, query = ""): Promise<readonly ViewerStatus[]> {
  const { status, text } = await ask(port, `/api/viewers${query}`);
  assert.equal(status, 200, text);
  return JSON.parse(text) as ViewerStatus[];
}

/** A client whose stream has begun. */
async function watching(
  t: TestContext,
  port: number,
  path = "/streams/a/live.mjpeg",
  ...headers: readonly string[]
): Promise<RawClient> {
  const client = RawClient.get(port, path, ...headers);
  t.after(() => client.close());
  await client.until((text) => text.includes("--boundarydonotcross"), "the opening");
  return client;
}

const picture = (text: string) => ({
  jpeg: Buffer.from(`\xff\xd8${text}\xff\xd9`, "latin1"),
  capturedAt: Date.now() - 40,
});

test("every viewer is listed with who it is, what it was given and how old that was", async (t) => {
  const { port, hub } = await stage(t);
  const client = await watching(t, port, "/streams/a/live.mjpeg", `User-Agent: ${"x".repeat(1_000)}`);

  const [before] = await listed(port);
  hub.publish(picture("one"));
  await client.until((text) => text.includes("one"), "the picture");
  const [viewer, ...others] = await listed(port);

  assert.ok(before !== undefined && viewer !== undefined);
  assert.deepEqual(others, []);
  assert.match(viewer.id, /^[\w-]{12}$/);
  assert.equal(viewer.stream, "a");
  assert.equal(viewer.variant, "");
  assert.equal(viewer.address, "127.0.0.1");
  assert.equal(viewer.userAgent, "x".repeat(300));
  assert.ok(Math.abs(Date.now() - viewer.since) < 10_000);
  assert.deepEqual([before.frames, before.bytes, before.ageMs], [0, 0, null]);
  assert.deepEqual([viewer.id, viewer.frames, viewer.drops], [before.id, 1, 0]);
  assert.ok(viewer.bytes > 7 && viewer.bytes < 300, `${viewer.bytes} bytes`);
  assert.ok(viewer.ageMs !== null && viewer.ageMs >= 40 && viewer.ageMs < 5_000, `${viewer.ageMs} ms`);
});

test("once a second the kernel is asked for what it holds and for the round trip", async (t) => {
  const { port, hub } = await stage(t);
  const client = await watching(t, port);
  client.socket.pause();
  const big = picture("x".repeat(1_000_000));

  const [before] = await listed(port);
  let viewer: ViewerStatus | undefined;
  await until(async () => {
    hub.publish(big);
    [viewer] = await listed(port);
    return (viewer?.unsentBytes ?? 0) + (viewer?.unacknowledgedBytes ?? 0) > 0 && (viewer?.drops ?? 0) > 0;
  }, "the kernel holds bytes");

  assert.deepEqual(
    [before?.unsentBytes, before?.unacknowledgedBytes, before?.roundTripMs],
    [null, null, null],
  );
  assert.ok(viewer?.roundTripMs !== undefined && viewer.roundTripMs !== null);
  assert.ok(viewer.roundTripMs > 0 && viewer.roundTripMs < 5_000, `${viewer.roundTripMs} ms`);
});

test("a viewer is ended properly by its id, once, and the others stay", async (t) => {
  const { port, hub, viewers } = await stage(t);
  const first = await watching(t, port);
  const second = await watching(t, port);
  hub.publish(picture("one"));
  const [{ id }] = (await listed(port)) as [ViewerStatus];

  const ended = await ask(port, `/api/viewers/${id}`, { method: "DELETE" });
  await first.end();
  await until(() => viewers.size === 1, "it has left");
  const again = await ask(port, `/api/viewers/${id}`, { method: "DELETE" });

  assert.deepEqual([ended.status, ended.text], [204, ""]);
  assert.ok(first.text.endsWith("--boundarydonotcross--\r\n"));
  assert.equal(second.closed, false);
  assert.equal(again.status, 404);
  assert.equal((JSON.parse(again.text) as { code: string }).code, "ERR_NOT_FOUND");
});

test("ids that are none are 404, whatever they look like, and other methods are refused", async (t) => {
  const { port, viewers, mistakes } = await stage(t);
  await watching(t, port);

  for (const id of ["__proto__", "constructor", "%00", "%", "%2e%2e%2f", "x".repeat(10_000), "0", "*"]) {
    const { status, text } = await ask(port, `/api/viewers/${id}`, { method: "DELETE" });
    assert.equal(status, 404, id.slice(0, 20));
    assert.ok(text.length < 200);
  }
  const got = await ask(port, "/api/viewers/abc");
  const posted = await ask(port, "/api/viewers", { method: "POST" });
  const all = await ask(port, "/api/viewers", { method: "DELETE" });
  const stream = await ask(port, "/streams/a/live.mjpeg", { method: "DELETE" });

  assert.deepEqual([got.status, got.headers["allow"]], [405, "DELETE, OPTIONS"]);
  assert.deepEqual([posted.status, all.status, stream.status], [405, 405, 405]);
  assert.equal(viewers.size, 1);
  assert.deepEqual(mistakes, []);
});

test("without a key only programs of this machine see and end all viewers; everyone sees his own", async (t) => {
  const { port, viewers } = await stage(t);
  await watching(t, port, "/streams/a/live.mjpeg?viewer=mine");
  await watching(t, port);
  const [{ id }] = (await listed(port)) as [ViewerStatus];
  const strangers = [
    { "X-Forwarded-For": "127.0.0.1" },
    { "X-Forwarded-For": "203.0.113.7" },
    { Forwarded: "for=127.0.0.1" },
    { "X-Real-IP": "127.0.0.1" },
    { "X-Forwarded-Host": "example.org" },
    { Via: "1.1 proxy" },
    // A page whose name server points its own name here is of the same origin, to its browser.
    { Host: `rebound.example:${port}` },
    { Host: "127.0.0.1.example" },
    { Host: "localhost.example" },
  ];

  for (const headers of strangers) {
    const what = JSON.stringify(headers);
    const list = await ask(port, "/api/viewers", { headers });
    const cut = await ask(port, `/api/viewers/${id}`, { method: "DELETE", headers });
    const guess = await ask(port, "/api/viewers/guess", { method: "DELETE", headers });
    const own = await ask(port, "/api/viewers?viewer=mine", { headers });

    assert.deepEqual([list.status, cut.status, guess.status, own.status], [403, 403, 403, 200], what);
    assert.equal((JSON.parse(list.text) as { code: string }).code, "ERR_FORBIDDEN");
    assert.equal((JSON.parse(own.text) as unknown[]).length, 1);
  }
  for (const Host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, "LOCALHOST"]) {
    assert.equal((await ask(port, "/api/viewers", { headers: { Host } })).status, 200, Host);
  }
  assert.equal(viewers.size, 2);
});

test("with a key, whoever has it sees and ends all viewers, from anywhere", async (t) => {
  const { port, viewers } = await stage(t, { key: "secret-key" });
  await watching(t, port, "/streams/a/live.mjpeg?key=secret-key");
  const headers = { "X-Forwarded-For": "203.0.113.7", Authorization: "Bearer secret-key" };

  const refused = await ask(port, "/api/viewers");
  const own = await ask(port, "/api/viewers?viewer=x");
  const guessed = await ask(port, "/api/viewers/abc", { method: "DELETE" });
  const list = await ask(port, "/api/viewers", { headers });
  const [{ id }] = JSON.parse(list.text) as [ViewerStatus];
  const cut = await ask(port, `/api/viewers/${id}?key=secret-key`, { method: "DELETE" });
  await until(() => viewers.size === 0, "nobody watches");

  assert.deepEqual([refused.status, own.status, guessed.status, cut.status], [401, 401, 401, 204]);
});

test("pages of other origins see no viewer and end none, with a preflight and without", async (t) => {
  const { port, viewers } = await stage(t);
  await watching(t, port, "/streams/a/live.mjpeg?viewer=mine");
  const [{ id }] = (await listed(port)) as [ViewerStatus];
  const others = [
    { "Sec-Fetch-Site": "cross-site", Origin: "https://example.org" },
    { "Sec-Fetch-Site": "same-site", Origin: "http://127.0.0.1:1" },
    { "Sec-Fetch-Site": "cross-site" },
    { Origin: "https://example.org" },
    { Origin: "http://127.0.0.1" },
    { Origin: "null" },
    { Origin: "" },
  ];

  for (const headers of others) {
    const answers = [
      await ask(port, "/api/viewers", { headers }),
      await ask(port, "/api/viewers?viewer=mine", { headers }),
      await ask(port, `/api/viewers/${id}`, { method: "DELETE", headers }),
    ];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403, 403],
      JSON.stringify(headers),
    );
  }
  const asks = { Origin: "https://example.org", "Access-Control-Request-Method": "DELETE" };
  const plain = await Promise.all([
    ask(port, "/api/viewers", { method: "OPTIONS", headers: asks }),
    ask(port, `/api/viewers/${id}`, { method: "OPTIONS", headers: asks }),
    ask(port, "/api/viewers"),
    ask(port, "/api/viewers/abc", { method: "DELETE" }),
    ask(port, "/api/viewers", { headers: { Via: "x" } }),
  ]);

  for (const { headers } of plain) {
    const names = Object.keys(headers).filter((name) => name.startsWith("access-control"));
    assert.deepEqual(names, []);
    assert.equal(headers["cross-origin-resource-policy"], "same-origin");
  }
  const own = { "Sec-Fetch-Site": "same-origin", Origin: `http://127.0.0.1:${port}` };
  assert.equal((await ask(port, "/api/viewers", { headers: own })).status, 200);
  assert.equal(viewers.size, 1);
});

test("in a real browser no page of another origin reads or ends a viewer", needs("chromium"), async (t) => {
  const { port, viewers } = await stage(t);
  await watching(t, port, "/streams/a/live.mjpeg?viewer=mine");
  const [{ id }] = (await listed(port)) as [ViewerStatus];
  const other = createServer((_, res) => res.end("<!doctype html><title>other</title>")).listen(0);
  t.after(() => other.close().closeAllConnections());
  await once(other, "listening");
  const { port: otherPort } = other.address() as AddressInfo;
  const page = await openPage(t, "chromium");
  const tries = `(async () => {
    const api = "http://127.0.0.1:${port}/api/viewers";
    const read = (...args) => fetch(...args).then((answer) => answer.text(), () => "refused");
    return JSON.stringify([
      await read(api), await read(api + "?viewer=mine"), await read(api, { mode: "no-cors" }),
      await read(api + "/${id}", { method: "DELETE" }),
      await read("http://127.0.0.1:${port}/api/streams"),
    ]);
  })()`;

  for (const host of ["127.0.0.1", "localhost"]) {
    await page.open(`http://${host}:${otherPort}/`);
    const [list, own, opaque, cut, streams] = JSON.parse(String(await page.evaluate(tries))) as string[];

    assert.deepEqual([list, own, cut], ["refused", "refused", "refused"], host);
    assert.ok(opaque === "" || opaque === "refused", opaque);
    assert.match(streams ?? "", /"name":"a"/);
  }
  await page.open(`http://127.0.0.1:${port}/api/streams`);
  const ownPage = `fetch("/api/viewers/${id}", { method: "DELETE" }).then(({ status }) => status)`;
  assert.equal(viewers.size, 1);
  assert.equal(await page.evaluate(ownPage), 204);
});

test("no other address may be used with DELETE by another origin", async (t) => {
  const { port } = await stage(t);

  for (const path of ["/", "/api/streams", "/streams/a/live.mjpeg", "/metrics", "/nothing"]) {
    const { headers } = await ask(port, path, { method: "OPTIONS" });
    const pushed = path.startsWith("/streams/") ? "POST, PUT, " : "";
    assert.equal(headers["access-control-allow-methods"], `GET, HEAD, ${pushed}OPTIONS`, path);
  }
});

test("a viewer that comes again with its key replaces itself, at once and on that stream only", async (t) => {
  const server = new ImageServer({ maxViewers: 3, maxViewersPerStream: 2 });
  server.addStream("a", () => RED);
  server.addStream("b", () => RED);
  await server.start(0);
  t.after(() => server.stop());
  const port = server.port ?? 0;
  const before = await watching(t, port, "/streams/a/live.mjpeg?viewer=A-key_1.~");
  const sameKeyElsewhere = await watching(t, port, "/streams/b/live.mjpeg?viewer=A-key_1.~");
  const otherKey = await watching(t, port, "/video_feed?viewer=a-key_1.~");

  const after = await watching(t, port, "/?action=stream&viewer=A-key_1.~");
  await before.end(1_000);

  assert.ok(!before.text.endsWith("--boundarydonotcross--\r\n"));
  assert.deepEqual([sameKeyElsewhere.closed, otherKey.closed, after.closed], [false, false, false]);
  assert.equal(server.viewers.length, 3);
  const mine = await ask(port, "/api/viewers?viewer=A-key_1.~");
  const streams = (JSON.parse(mine.text) as ViewerStatus[]).map(({ stream }) => stream).sort();
  assert.deepEqual(streams, ["a", "b"]);
  assert.ok(!(await ask(port, "/api/viewers")).text.includes("key_1"));
});

test("a hundred reloads with one key leave one viewer, and none when it goes", async (t) => {
  const { port, viewers, audience, wishes } = await stage(t);
  const clients = Array.from({ length: 100 }, () => RawClient.get(port, "/streams/a/live.mjpeg?viewer=page"));
  t.after(() => clients.forEach((client) => client.close()));

  await until(() => clients.filter(({ closed }) => !closed).length === 1, "one is left");
  await until(() => wishes.now === 1, "one wish is left");
  const left = [viewers.size, audience.size, viewers.withKey("page").length];
  clients.forEach((client) => client.close());
  await until(() => wishes.now === 0, "it left, too");

  assert.deepEqual(left, [1, 1, 1]);
  assert.deepEqual([viewers.size, audience.size, viewers.withKey("page").length], [0, 0, 0]);
});

test("a key that cannot be one is 400, naming the parameter and not the key", async (t) => {
  const { port, viewers } = await stage(t);

  for (const key of ["", "x".repeat(65), "a b", "a/b", "%00", "ä", "a,b", "<script>"]) {
    for (const path of ["/streams/a/live.mjpeg", "/api/viewers", "/live.jpg"]) {
      const { status, text } = await ask(port, `${path}?viewer=${encodeURIComponent(key)}`);
      assert.equal(status, 400, `${path} ${key}`);
      assert.match(text, /the parameter viewer must be 1 to 64 letters/);
      assert.ok(!text.includes("script"));
    }
  }
  await watching(t, port, `/streams/a/live.mjpeg?viewer=${"x".repeat(64)}`);

  assert.equal(viewers.size, 1);
});

test("the age of a stream's newest picture is told, and null before there is one", async (t) => {
  const server = new ImageServer({ source: () => RED, lingerMs: 0 });
  await server.start(0);
  t.after(() => server.stop());

  const before = server.streams[0];
  const client = await watching(t, server.port ?? 0, "/video_feed");
  await until(() => server.streams[0]?.state === "live", "it is live");
  const live = server.streams[0];
  client.close();
  await until(() => server.streams[0]?.state === "idle", "it sleeps");

  assert.equal(before?.ageMs, null);
  assert.ok(live?.ageMs !== undefined && live.ageMs !== null && live.ageMs >= 0 && live.ageMs < 5_000);
  assert.equal(server.streams[0]?.ageMs, null);
});
