import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { RawClient } from "./support/raw-client.ts";
import { stage, type Stage } from "./support/stage.ts";
import { GREEN, RED } from "./support/two-pictures.ts";

const PATH = "/streams/a/snapshot.jpg";
/** A second that began long ago. */
const SECOND = 1_700_000_000_000;
const LAST_MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT";

/** A stage, and a way to ask it. */
async function shown(
  t: TestContext,
): Promise<Stage & { ask: (init?: RequestInit, query?: string) => Promise<Response> }> {
  const made = await stage(t);
  const ask = async (init: RequestInit = {}, query = "") => {
    const answer = await fetch(`http://127.0.0.1:${made.port}${PATH}${query}`, init);
    // Whole, so that the connection is free again, and an answer is one that ends.
    const body = await answer.arrayBuffer();
    const { status, headers } = answer;
    return new Response(body.byteLength === 0 ? null : body, { status, headers });
  };
  return { ...made, ask };
}

const ifNoneMatch = (value: string | null): RequestInit => ({ headers: { "If-None-Match": value ?? "" } });
const ifModifiedSince = (value: string): RequestInit => ({ headers: { "If-Modified-Since": value } });

test("a snapshot tells when it was captured and what tells it from others", async (t) => {
  const { hub, ask } = await shown(t);
  hub.publish({ jpeg: RED, capturedAt: SECOND + 123.456 });

  const { headers } = await ask();

  assert.equal(headers.get("last-modified"), LAST_MODIFIED);
  assert.equal(headers.get("x-timestamp"), "1700000000.123456");
  assert.match(headers.get("etag") ?? "", /^"[\w-]+"$/);
  assert.equal(headers.get("content-length"), String(RED.length));
  const ageSeconds = (Date.now() - SECOND) / 1000;
  assert.ok(Math.abs(Number(headers.get("age")) - ageSeconds) < 60);
  assert.match(headers.get("age") ?? "", /^\d+$/);
});

test("a camera whose clock is ahead has taken its picture now, and is 0 seconds old", async (t) => {
  const { hub, ask } = await shown(t);
  hub.publish({ jpeg: RED, capturedAt: Date.now() + 3_600_000 });

  const { headers } = await ask();

  assert.equal(headers.get("age"), "0");
  assert.ok(Date.parse(headers.get("last-modified") ?? "") <= Date.now());
});

test("the ETag is the same for the same picture and variant, and for nothing else", async (t) => {
  const { hub, ask } = await shown(t);
  const other = await shown(t);
  const etag = async (query = "") => (await ask({}, query)).headers.get("etag");

  hub.publish({ jpeg: RED, capturedAt: SECOND });
  other.hub.publish({ jpeg: RED, capturedAt: SECOND });
  const first = [
    await etag(),
    await etag("?width=10"),
    await etag("?width=10&text=a"),
    await etag("?text=%C3%A9"),
  ];
  const again = [await etag("?_=1"), await etag("?fps=5&width=10"), await etag("?text=a&width=10")];
  hub.publish({ jpeg: RED, capturedAt: SECOND });
  const next = await etag();
  const ofOther = (await other.ask()).headers.get("etag");

  assert.deepEqual(again, first.slice(0, 3));
  assert.equal(new Set([...first, next, ofOther]).size, 6);
});

test("whoever has the picture is told so, without a body", async (t) => {
  const { hub, ask } = await shown(t);
  hub.publish({ jpeg: RED, capturedAt: SECOND });
  const whole = await ask();
  const etag = whole.headers.get("etag");

  for (const tags of [`${etag}`, `W/${etag}`, `"x", W/"a,b" ,${etag}, "y"`, "*", " * "]) {
    const answer = await ask(ifNoneMatch(tags));

    assert.equal(answer.status, 304, tags);
    for (const name of [
      "etag",
      "last-modified",
      "x-timestamp",
      "cache-control",
      "access-control-allow-origin",
    ]) {
      assert.equal(answer.headers.get(name), whole.headers.get(name), name);
    }
    assert.equal(answer.headers.get("content-length"), null);
  }
  for (const tags of [`"x"`, etag?.slice(1, -1) ?? "", `"*"`, ""]) {
    assert.equal((await ask(ifNoneMatch(tags))).status, 200, tags);
  }
  assert.equal((await ask(ifNoneMatch(etag), "?width=10")).status, 200);
  hub.publish({ jpeg: GREEN, capturedAt: SECOND });
  assert.equal((await ask(ifNoneMatch(etag))).status, 200);
});

test("a time alone is believed where it tells one picture", async (t) => {
  const { hub, ask } = await shown(t);
  hub.publish({ jpeg: RED, capturedAt: SECOND + 100 });
  const unseen = await ask(ifModifiedSince(LAST_MODIFIED));

  const seen = await ask(ifModifiedSince(LAST_MODIFIED));
  const earlier = await ask(ifModifiedSince("Tue, 14 Nov 2023 22:13:19 GMT"));
  const later = await ask(ifModifiedSince(new Date().toUTCString()));
  const nonsense = await ask(ifModifiedSince("yesterday"));

  assert.deepEqual([unseen.status, seen.status], [200, 304]);
  assert.deepEqual([earlier.status, later.status, nonsense.status], [200, 200, 200]);
});

test("of two pictures in one second the time alone tells neither", async (t) => {
  const { hub, ask } = await shown(t);
  hub.publish({ jpeg: RED, capturedAt: SECOND + 100 });
  await ask();
  hub.publish({ jpeg: GREEN, capturedAt: SECOND + 900 });

  const second = await ask(ifModifiedSince(LAST_MODIFIED));
  const again = await ask(ifModifiedSince(LAST_MODIFIED));
  // A clock that was set forth and back again.
  hub.publish({ jpeg: RED, capturedAt: SECOND + 5_000 });
  const forth = await ask();
  hub.publish({ jpeg: GREEN, capturedAt: SECOND + 200 });
  await ask();
  const back = await ask(ifModifiedSince(LAST_MODIFIED));
  hub.publish({ jpeg: GREEN, capturedAt: SECOND + 5_500 });
  const forthAgain = await ask(ifModifiedSince(forth.headers.get("last-modified") ?? ""));

  assert.deepEqual([second.status, again.status, back.status, forthAgain.status], [200, 200, 200, 200]);
});

test("If-Modified-Since is not looked at beside If-None-Match", async (t) => {
  const { hub, ask } = await shown(t);
  hub.publish({ jpeg: RED, capturedAt: SECOND });
  await ask();

  const headers = { "If-None-Match": '"x"', "If-Modified-Since": LAST_MODIFIED };

  assert.equal((await ask({ headers })).status, 200);
});

test("HEAD has the headers of GET and no body, and so has 304: the connection goes on", async (t) => {
  const { port, hub, ask } = await shown(t);
  hub.publish({ jpeg: RED, capturedAt: SECOND });
  const etag = (await ask()).headers.get("etag") ?? "";
  const client = new RawClient(port);
  const request = (method: string, ...lines: readonly string[]) =>
    client.send([`${method} ${PATH} HTTP/1.1`, "Host: 127.0.0.1", ...lines, "", ""].join("\r\n"));
  const heads = () =>
    client.text.split(/(?=HTTP\/1\.1 )/).map((answer) => answer.replace(/^(?:Date|Age): .*\r\n/gm, ""));

  request("HEAD");
  request("HEAD", `If-None-Match: ${etag}`);
  request("GET", `If-None-Match: ${etag}`);
  request("GET");
  await client.until((text) => text.endsWith(Buffer.from(RED).toString("latin1")), "four answers");
  const [head = "", conditionalHead, conditional = "", whole = ""] = heads();
  client.close();

  assert.match(head, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
  assert.equal(head, whole.slice(0, head.length));
  assert.equal(whole.length, head.length + RED.length);
  assert.match(conditional, /^HTTP\/1\.1 304 Not Modified\r\n[^]*\r\n\r\n$/);
  assert.equal(conditionalHead, conditional);
});

test("scripts of other origins may read the headers, and ask conditionally", async (t) => {
  const { hub, ask } = await shown(t);
  hub.publish({ jpeg: RED, capturedAt: SECOND });

  const { headers } = await ask({ headers: { Origin: "https://other.example" } });
  const preflight = await ask({ method: "OPTIONS", headers: { Origin: "https://other.example" } });

  for (const name of ["X-Timestamp", "Age", "ETag", "Last-Modified"]) {
    assert.ok(headers.get("access-control-expose-headers")?.split(", ").includes(name), name);
  }
  assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /If-None-Match/);
});
