// Sources behind which no program runs, with every kind of trouble that they can have: viewers stay, are told, and see the
// picture again. sources-trouble-programs.test.ts has the others, push-hostile.test.ts what is pushed in.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { ImageServer } from "../src/app/image-server.ts";
import type { SourceInput } from "../src/app/sources.ts";
import type { StreamStatus } from "../src/wire/api-types.ts";
import { freePort } from "./support/free-port.ts";
import { hostileCamera, MULTIPART_HEAD, pour, type HostileCamera } from "./support/hostile-camera.ts";
import { picture, temporaryFolder } from "./support/pictures.ts";
import { part } from "./support/publisher.ts";
import { Watcher, type WatchedPart } from "./support/watcher.ts";

/** Far longer than it takes, for machines with other things to do. */
const PATIENCE = { timeoutMs: 60_000 };
/** What all troubles at once may add to the memory of this process, which has the viewers in it, too. */
const MOST_BYTES = 500e6;
const MOST_A_SECOND = 140;

const [SMALL, LARGE, GOOD] = await Promise.all([
  picture("jpeg", 80, 60, [80, 90, 90]),
  picture("jpeg", 640, 480, [200, 90, 90]),
  picture("jpeg", 64, 48, [64, 200, 90]),
]);
const NOISE = Buffer.alloc(60_000, "no picture at all ");
const CUT = LARGE.subarray(0, LARGE.length - 200);

/** A source in trouble. */
interface Cell {
  readonly source: SourceInput;
  /** Makes the trouble, or goes on making it until the signal aborts. */
  readonly disturb?: (signal: AbortSignal) => Promise<unknown>;
  /** Which pictures are seen before, or meanwhile. */
  readonly shown?: readonly Buffer[];
  /** What viewers are told, if anything. */
  readonly reason?: RegExp;
  /** Makes it well again; without it, it stays as it is. */
  readonly mend?: () => Promise<unknown>;
}

let folder = "";
let camera: HostileCamera;
const mended = new Set<string>();

const put = async (path: string, bytes: Uint8Array): Promise<void> => {
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
};

/** Does something again and again, with everyone else's turn between. */
async function onAndOn(signal: AbortSignal, pauseMs: number, act: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await act();
    await sleep(pauseMs);
  }
}

/** A file that another program writes, in a folder of its own. */
function watched(name: string, rest: Partial<Omit<Cell, "disturb">>, disturb?: Made): () => Promise<Cell> {
  return async () => {
    const file = join(folder, name, "frame.jpg");
    await mkdir(join(folder, name));
    const mend = () => put(file, GOOD);
    return { source: `watch:${file}`, mend, ...rest, ...(disturb && { disturb: disturb(file) }) };
  };
}
type Made = (file: string) => (signal: AbortSignal) => Promise<unknown>;

const WATCHED: Readonly<Record<string, () => Promise<Cell>>> = {
  "a file that is not there": watched("missing", { reason: /is not there/ }),
  "a file that is no picture": watched(
    "text",
    { reason: /cannot be shown/ },
    (file) => () => put(file, NOISE),
  ),
  "a file that is cut off": watched("cut", { reason: /cut off or damaged/ }, (file) => () => put(file, CUT)),
  "a file that goes away": watched("gone", { shown: [SMALL], reason: /is not there/ }, (file) => async () => {
    await put(file, SMALL);
    await sleep(500);
    await rm(file);
  }),
  "a file that is garbage for ever": watched("noise", { reason: /cannot be shown/ }, (file) => (signal) => {
    return onAndOn(signal, 2, () => put(file, NOISE));
  }),
  "a file that is written as fast as can be": watched("fast", { shown: [SMALL] }, (file) => (signal) => {
    return onAndOn(signal, 0, () => put(file, SMALL));
  }),
  "a file whose size changes": watched("sizes", { shown: [SMALL, LARGE, SMALL] }, (file) => (signal) => {
    let count = 0;
    return onAndOn(signal, 100, () => put(file, count++ % 2 === 0 ? SMALL : LARGE));
  }),
};

/** A folder of pictures, and the first file in it. */
function inFolder(
  name: string,
  first: Buffer | undefined,
  rest: Partial<Cell>,
  then?: Made,
): () => Promise<Cell> {
  return async () => {
    const path = join(folder, name);
    const file = join(path, "1.jpg");
    const mend = async () => {
      await mkdir(path, { recursive: true });
      await put(file, GOOD);
    };
    if (first !== undefined) {
      await mkdir(path);
      await put(file, first);
    }
    return { source: `folder:${path}?fps=20`, mend, ...rest, ...(then && { disturb: then(file) }) };
  };
}

const FOLDERS: Readonly<Record<string, () => Promise<Cell>>> = {
  "a folder that is not there": inFolder("none", undefined, { reason: /none/ }),
  "a folder without a picture": inFolder("texts", NOISE, { reason: /1\.jpg|no picture/ }),
  "a folder with a picture that is cut off": inFolder("half", CUT, { reason: /1\.jpg|no picture/ }),
  "a folder that goes away": inFolder(
    "lost",
    SMALL,
    { shown: [SMALL], reason: /lost/ },
    (file) => async () => {
      await sleep(500);
      await rm(join(file, ".."), { recursive: true });
    },
  ),
  "a folder with pictures of two sizes": inFolder(
    "two",
    SMALL,
    { shown: [SMALL, LARGE, SMALL] },
    (file) => () => {
      return put(join(file, "..", "2.jpg"), LARGE);
    },
  ),
};

/** A camera of the network, which does what its path says until it is mended. */
function remote(name: string, rest: Partial<Cell>): () => Promise<Cell> {
  return async () => ({
    source: `http://127.0.0.1:${camera.port}/${name}`,
    mend: async () => mended.add(`/${name}`),
    ...rest,
  });
}

const CAMERAS: Readonly<Record<string, () => Promise<Cell>>> = {
  "a camera that is not there": async () => {
    const port = await freePort();
    const server = net.createServer((socket) => void sendSlowly(socket, () => GOOD));
    const mend = () => once(server.listen(port, "127.0.0.1"), "listening");
    closers.push(() => server.close());
    return { source: `http://127.0.0.1:${port}/`, mend, reason: /refused|listens/ };
  },
  "a camera that asks for a password": remote("locked", { reason: /401|password/ }),
  "a camera that answers with a page": remote("page", { reason: /text\/html/ }),
  "a camera whose picture is cut off": remote("cut", { reason: /ended|closed/ }),
  "a camera that dies at once": remote("dies", { reason: /closed|reset|hung|hangs/ }),
  "a camera that dies later": remote("dies-later", { shown: [SMALL], reason: /ended|closed|reset/ }),
  "a camera that says nothing": remote("silent", { reason: /not a byte came .* for 10 s/ }),
  "a camera that sends garbage for ever": remote("noise", { reason: /./ }),
  "a camera whose size changes": remote("sizes", { shown: [SMALL, LARGE, SMALL] }),
};

const ANSWERS: Readonly<Record<string, (socket: net.Socket) => unknown>> = {
  "/locked": (socket) =>
    socket.end('HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'),
  "/page": (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Welcome"),
  "/cut": (socket) =>
    socket.end(Buffer.concat([Buffer.from(MULTIPART_HEAD), part(LARGE, "b").subarray(0, -300)])),
  "/dies": (socket) => socket.destroy(),
  "/dies-later": async (socket) => {
    if (!mended.has("/dies-later died")) await sendSlowly(socket, () => SMALL, 3);
    mended.add("/dies-later died");
    socket.end();
  },
  "/silent": async (socket) => {
    socket.write(MULTIPART_HEAD);
    while (!mended.has("/silent") && !socket.destroyed) await sleep(100);
    await sendParts(socket, () => GOOD);
  },
  "/noise": (socket) => pour(socket, MULTIPART_HEAD, NOISE),
  "/sizes": (socket) => {
    return sendSlowly(socket, (count) => (mended.has("/sizes") ? GOOD : count % 2 === 0 ? SMALL : LARGE));
  },
};

/** Sends ten pictures a second. */
async function sendSlowly(socket: net.Socket, choose: Chosen, most = Infinity): Promise<void> {
  socket.write(MULTIPART_HEAD);
  await sendParts(socket, choose, most);
}
type Chosen = (count: number) => Buffer;

async function sendParts(socket: net.Socket, choose: Chosen, most = Infinity): Promise<void> {
  socket.on("error", () => undefined); // who asked has left
  for (let count = 0; count < most && !socket.destroyed; count++) {
    socket.write(part(choose(count), "b"));
    await sleep(100);
  }
}

/** Pictures of somebody's own code, which does something else until it is mended. */
function own(name: string, act: () => unknown, rest: Partial<Cell> = {}): () => Promise<Cell> {
  const source = (): Uint8Array | Promise<Uint8Array> => (mended.has(name) ? GOOD : (act() as Uint8Array));
  return async () => ({ source, mend: async () => mended.add(name), ...rest });
}

let calls = 0;
const OWN: Readonly<Record<string, () => Promise<Cell>>> = {
  "code that throws": own("throws", () => assert.fail("out of film"), {
    reason: /your function threw: out of film/,
  }),
  "code that throws later": own("throws later", () => (calls++ < 5 ? SMALL : assert.fail("torn")), {
    shown: [SMALL],
    reason: /your function threw: torn/,
  }),
  "code that gives anything but pictures, as fast as it can": own("anything", () => NOISE),
  "code that gives pictures as fast as it can": own("fast", () => SMALL, { shown: [SMALL] }),
  "code whose size changes": own("sizes", () => (calls++ % 2 === 0 ? SMALL : LARGE), {
    shown: [SMALL, LARGE, SMALL],
  }),
};

const closers: (() => unknown)[] = [];
const cells = Object.entries({ ...WATCHED, ...FOLDERS, ...CAMERAS, ...OWN });

describe("a source in trouble", { concurrency: 8 }, () => {
  const server = new ImageServer({ source: "test:?size=64x48&fps=1" });
  const stopped = { after: (close: () => unknown) => void closers.push(close) } as TestContext;
  const rssBefore = process.memoryUsage.rss();
  let looking: Promise<StreamStatus[]> | undefined;
  let port = 0;

  before(async () => {
    folder = await temporaryFolder(stopped);
    camera = await hostileCamera(stopped, (socket, { line }) => {
      const path = line.split(" ")[1] ?? "";
      const answer = mended.has(path) ? (to: net.Socket) => sendSlowly(to, () => GOOD) : ANSWERS[path];
      answer?.(socket);
    });
    await server.start(0);
    port = server.port ?? 0;
  });

  after(async () => {
    await server.stop();
    for (const close of closers.reverse()) await close();
    const grown = process.memoryUsage.rss() - rssBefore;
    assert.ok(grown < MOST_BYTES, `${grown} bytes more`);
  });

  for (const [title, make] of cells) {
    test(`${title}: viewers stay, and see its picture when it is well`, async (t) => {
      const cell = await make();
      const name = title.replaceAll(/\W+/g, "-");
      server.addStream(name, cell.source);
      const over = new AbortController();
      const watcher = new Watcher(port, name);
      t.after(() => watcher.close());
      const disturbed = cell.disturb?.(over.signal);

      for (const shown of cell.shown ?? []) await watcher.next(is(shown), "its picture in trouble", PATIENCE);
      await (cell.reason === undefined ? seePace(watcher) : seeReason(name, watcher, cell.reason));
      over.abort();
      await disturbed;
      await cell.mend?.();
      if (title !== "a camera that asks for a password")
        await watcher.next(is(GOOD), "its picture when it is well", PATIENCE);

      assert.equal(watcher.trouble, undefined);
      assert.equal((await statusOf(name)).viewers, 1);
    });
  }

  /** What the API tells of a stream; all who ask within a moment get one answer. */
  async function statusOf(name: string): Promise<StreamStatus> {
    looking ??= sleep(100).then(async () => {
      looking = undefined;
      return (await (await fetch(`http://127.0.0.1:${port}/api/streams`)).json()) as StreamStatus[];
    });
    const status = (await looking).find((stream) => stream.name === name);
    assert.ok(status);
    return status;
  }

  /** The reason is in the API, and a placeholder comes to who watches. */
  async function seeReason(name: string, watcher: Watcher, reason: RegExp): Promise<void> {
    const deadline = performance.now() + PATIENCE.timeoutMs;
    for (let told = ""; !reason.test(told);) {
      assert.ok(performance.now() < deadline, `${name} is told "${told}"`);
      const status = await statusOf(name);
      if (status.state === "down" || status.state === "failed") told = status.reason ?? "";
    }
    await watcher.next(
      (part) => ![SMALL, LARGE, GOOD].some((jpeg) => is(jpeg)(part)),
      "a placeholder",
      PATIENCE,
    );
  }
});

test("a camera that sends as fast as it can costs no more than one that sends 120 pictures a second", async (t) => {
  const many = Buffer.concat(Array<Buffer>(100).fill(part(SMALL, "b")));
  const fast = await hostileCamera(t, (socket) => pour(socket, MULTIPART_HEAD, many));

  const fps = await fpsOf(t, `http://127.0.0.1:${fast.port}/`);

  assert.ok(fps > 10 && fps < MOST_A_SECOND, `${fps} pictures a second`);
});

test("a generator that gives pictures as fast as it can is asked for 120 a second", async (t) => {
  async function* fast(): AsyncGenerator<Buffer> {
    for (;;) yield await Promise.resolve(SMALL);
  }

  const fps = await fpsOf(t, fast());

  assert.ok(fps > 10 && fps < MOST_A_SECOND, `${fps} pictures a second`);
});

/** Behind what may come at once in the beginning: the rate is that of the last two seconds. */
const STEADY_MS = 3_000;

/** The pictures a second that the API tells of a source that somebody watches. */
async function fpsOf(t: TestContext, source: SourceInput): Promise<number> {
  const server = new ImageServer({ source });
  await server.start(0);
  t.after(() => server.stop());
  const watcher = new Watcher(server.port ?? 0, "main");
  t.after(() => watcher.close());
  await watcher.next(is(SMALL), "a picture", PATIENCE);
  await sleep(STEADY_MS);
  return server.streams[0]?.fps ?? Infinity;
}

/** Not more pictures come in a second than anybody sees. */
async function seePace(watcher: Watcher): Promise<void> {
  const [from, startedAt] = [watcher.parts.length, performance.now()];
  await sleep(1_500);
  await nextTurn();
  const perSecond = (watcher.parts.length - from) / ((performance.now() - startedAt) / 1_000);
  assert.ok(perSecond < MOST_A_SECOND, `${perSecond} pictures a second`);
}

function is(jpeg: Uint8Array): (part: WatchedPart) => boolean {
  return (part) => Buffer.compare(part.jpeg, jpeg) === 0;
}
