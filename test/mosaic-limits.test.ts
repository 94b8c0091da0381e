import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import type { Member } from "../src/app/mosaic-composer.ts";
import { Mosaics } from "../src/app/mosaics.ts";
import { ENCODE_TURNS, MOST_ENCODED } from "../src/app/turns.ts";
import type { Mosaics as MosaicsOfDelivery, MosaicWish } from "../src/delivery/mosaics.ts";
import type { RequestContext } from "../src/delivery/route.ts";
import { mosaicRoutes } from "../src/delivery/routes/mosaic.ts";
import { ImageServer } from "../src/index.ts";
import { RawClient } from "./support/raw-client.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const WISH: MosaicWish = { streams: ["a"], columns: 1, width: 160, fps: 10, quality: 80 };
const PLACES = 8;

/** A stream whose first picture never comes, and how many mosaics wish for it. */
class Silent implements Member {
  readonly newest = undefined;
  wishes = 0;
  most = 0;
  looks = 0;

  watch(): () => void {
    this.most = Math.max(this.most, ++this.wishes);
    return () => {
      this.wishes--;
    };
  }

  status(): ReturnType<Member["status"]> {
    this.looks++;
    return { state: "starting", reason: null } as ReturnType<Member["status"]>;
  }
}

function mosaicsOf(stream: Member): Mosaics {
  const members = new Map([["a", stream]]);
  return new Mosaics({ members: () => members, maxViewers: 10, stallTimeoutMs: 30_000 });
}

/** A server that answers `/mosaic.jpg` alone, from those mosaics. */
async function snapshotsOf(t: TestContext, mosaics: MosaicsOfDelivery): Promise<number> {
  const route = mosaicRoutes.find(({ path }) => path.test("/mosaic.jpg"));
  assert.ok(route);
  const shows = new Map([["a", { name: "a" }]]);
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    const query = new URL(req.url ?? "/", "http://localhost").searchParams;
    const context = { req, res, query, shows, mosaics } as unknown as RequestContext;
    Promise.resolve(route.handle(context)).catch(() => res.writeHead(503).end("refused"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Forty requests, of which each asks for another mosaic. */
function pipelined(wait: number, width: number): string {
  const requests = Array.from(
    { length: 40 },
    (_, at) => `GET /mosaic.jpg?width=${width + at}&wait=${wait} HTTP/1.1\r\nHost: a\r\n\r\n`,
  );
  return requests.join("");
}

async function serving(t: TestContext): Promise<string> {
  const server = new ImageServer({ lingerMs: 0 });
  server.addStream("a", () => RED);
  await server.start(0);
  t.after(() => server.stop());
  return server.url ?? "";
}

test("mosaics that are asked for at once never pass their limit, and those refused hold no place", async () => {
  const mosaics = mosaicsOf(new Silent());

  const wishes = Array.from({ length: 3 * PLACES }, (_, at) => ({ ...WISH, width: 200 + at }));
  const got = await Promise.allSettled(wishes.map((wish) => mosaics.get(wish)));
  const held = got.filter((each) => each.status === "fulfilled").map(({ value }) => value);
  for (const lease of held) lease.release();
  const later = await mosaics.get({ ...WISH, width: 1_000 });
  later.release();

  assert.equal(held.length, PLACES);
  for (const each of got.slice(PLACES)) {
    assert.ok(each.status === "rejected");
    assert.equal((each.reason as { code?: string }).code, "ERR_TOO_MANY_MOSAICS");
  }
});

test("requests in one packet hold one place a connection, and none when the client has left", async (t) => {
  const stream = new Silent();
  const port = await snapshotsOf(t, mosaicsOf(stream));
  const client = new RawClient(port);
  t.after(() => client.close());

  client.send(pipelined(30, 200));
  await client.until((text) => (text.match(/200 OK/g) ?? []).length >= 10, "ten answers");
  const most = stream.most;
  const leaving = Array.from({ length: 4 }, () => new RawClient(port));
  for (const [at, each] of leaving.entries()) each.send(pipelined(5_000, 300 + 100 * at));
  await until(() => stream.wishes >= 4, "the others to wait");
  const mostTogether = stream.most;
  for (const each of leaving) each.close();
  client.close();

  assert.equal(most, 1);
  assert.ok(mostTogether <= 5, `${mostTogether} mosaics for five connections`);
  await until(() => stream.wishes === 0, "all to be left");
});

test("clients that leave at once leave no more mosaics in memory than there are places", async () => {
  const stream = new Silent();
  const mosaics = mosaicsOf(stream);
  const turns = await Promise.all(Array.from({ length: MOST_ENCODED }, () => ENCODE_TURNS.next()));

  for (let at = 0; at < PLACES; at++) {
    const lease = await mosaics.get({ ...WISH, width: 200 + at });
    const { looks } = stream;
    const leave = lease.show.watch();
    lease.release();
    await until(() => stream.looks > looks, "its cell to wait for a turn");
    leave();
  }
  const [ninth] = await Promise.allSettled([mosaics.get(WISH)]);
  for (const giveBack of turns) giveBack();

  assert.ok(ninth.status === "rejected");
  assert.equal((ninth.reason as { code?: string }).code, "ERR_TOO_MANY_MOSAICS");
  await until(async () => {
    const lease = await mosaics.get(WISH).catch(() => undefined);
    lease?.release();
    return lease !== undefined;
  }, "room again");
});

test("equal mosaics that are asked for at once are one, with the columns said or not", async () => {
  const mosaics = mosaicsOf(new Silent());
  const streams = ["a", "a", "a", "a"];

  const [plain, said, other] = await Promise.all([
    mosaics.get({ ...WISH, streams, columns: undefined }),
    mosaics.get({ ...WISH, streams, columns: 2 }),
    mosaics.get({ ...WISH, streams, columns: 3 }),
  ]);
  for (const lease of [plain, said, other]) lease.release();

  assert.equal(said.show, plain.show);
  assert.notEqual(other.show, plain.show);
});

test("a snapshot of a mosaic holds its place for five seconds at most, and promises no age", async (t) => {
  const url = await serving(t);
  const refused: readonly (readonly [string, RegExp])[] = [
    ["wait=5001", /wait must be an integer from 0 to 5000 \(milliseconds\)/],
    ["wait=60000", /wait must/],
    ["max_age=100", /a mosaic has no parameter max_age/],
    ["after=now", /a mosaic has no parameter after/],
    ["warmup=2", /a mosaic has no parameter warmup/],
  ];

  for (const [query, sentence] of refused) {
    const answer = await fetch(`${url}mosaic.jpg?${query}`);

    assert.match(await answer.text(), sentence);
    assert.equal(answer.status, 400, query);
  }
});

test("HEAD of a mosaic gives its head alone, and tells proxies not to hold it back", async (t) => {
  const url = await serving(t);

  for (const file of ["mosaic.mjpeg", "mosaic.jpg"]) {
    const answer = await fetch(`${url}${file}`, { method: "HEAD" });

    assert.equal(answer.status, 200, file);
    assert.equal(answer.headers.get("x-accel-buffering"), "no", file);
    assert.equal((await answer.arrayBuffer()).byteLength, 0);
  }
});

test("a mosaic ends after as many seconds as asked for", async (t) => {
  const url = await serving(t);

  const answer = await fetch(`${url}mosaic.mjpeg?duration=0.3`);
  const body = Buffer.from(await answer.arrayBuffer());

  assert.equal(answer.headers.get("x-accel-buffering"), "no");
  assert.ok(body.toString("latin1").trimEnd().endsWith("--boundarydonotcross--"));
});
