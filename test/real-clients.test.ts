import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { on } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { WebSocket } from "ws";
import { openPage } from "./support/browser.ts";
import { Command } from "./support/command.ts";
import { nginxBefore } from "./support/nginx.ts";
import { serveOwnPage } from "./support/own-page.ts";
import { pixelsOf, sameBytes, temporaryFolder } from "./support/pictures.ts";
import { needs, pathOf } from "./support/programs.ts";
import { readCard } from "./support/read-card.ts";
import { CLIENTS, curl, type Sight } from "./support/real-clients.ts";
import { RED } from "./support/two-pictures.ts";
import { Watcher } from "./support/watcher.ts";

const execute = promisify(execFile);

const SIZE = { width: 640, height: 360 };
const SMALL = { width: 320, height: 180 };
/** So many different pictures are looked at; a browser's are screenshots, which take longer. */
const PICTURES = 20;
const SCREENSHOTS = 3;
/** Players keep up to a second to play evenly; what is older has been held back on the way. */
const OLDEST_MS = 2_500;
const PATIENCE_MS = 45_000;

/** What is asked for: the plain address directly, and with an old drop-in one and a variant through the proxy. */
const REQUESTS = [
  ["kinora", "/streams/test/live.mjpeg", SIZE],
  ["nginx", "/streams/test/live.mjpeg", SIZE],
  ["nginx", "/?action=stream", SIZE],
  ["nginx", "/streams/test/live.mjpeg?width=320", SMALL],
] as const;

interface Scene {
  readonly kinora: string;
  /** An nginx in front of it that is told nothing but its address. */
  readonly nginx: string;
  /** When the picture of that number was captured: milliseconds since the epoch. */
  capturedAt(number: number): Promise<number>;
}

test("real clients", needs("nginx"), async (t) => {
  const scene = await setScene(t);

  for (const [name, client] of CLIENTS) {
    await t.test(
      `${name} shows pictures in order and in time, also through nginx`,
      needs(name),
      async (part) => {
        const run = async ([way, path, size]: (typeof REQUESTS)[number]) => {
          const sights: Sight[] = [];
          for await (const sight of client(part, `${scene[way]}${path}`, size)) {
            // A player shows its first picture again until its clock runs.
            if (sight.number !== sights.at(-1)?.number) sights.push(sight);
            if (sights.length >= PICTURES) break;
          }
          await assertWell(scene, `${way} ${path}`, sights, PICTURES);
        };

        const outcomes = await Promise.allSettled(REQUESTS.map(run));

        // A player that had to wait for the processor at its start stays late for ever: those may try again, alone.
        for (const [index, request] of REQUESTS.entries()) {
          if (outcomes[index]?.status === "rejected") await run(request);
        }
      },
    );
  }

  for (const name of ["chromium", "firefox"] as const) {
    await t.test(
      `${name} shows pictures in order and in time, also through nginx`,
      needs(name),
      async (part) => {
        const page = await openPage(part, name);
        const urls = REQUESTS.map(([way, path]) => `${scene[way]}${path}`);
        await page.open(await serveOwnPage(part, urls, SMALL));

        const seen: Sight[][] = urls.map(() => []);
        const deadline = Date.now() + PATIENCE_MS;
        while (seen.some((sights) => sights.length < SCREENSHOTS)) {
          assert.ok(Date.now() < deadline, `seen were ${JSON.stringify(seen)}`);
          const shots = await page.look("img");
          const at = Date.now();
          shots.forEach(({ rgba, width, height }, index) => {
            const number = width === 0 ? undefined : readCard(rgba, width, height);
            const sights = seen[index];
            if (number !== undefined && number !== sights?.at(-1)?.number) sights?.push({ number, at });
          });
        }

        for (const [index, what] of urls.entries())
          await assertWell(scene, what, seen[index] ?? [], SCREENSHOTS);
      },
    );
  }

  await t.test("curl gets a snapshot through nginx, and 304 when it has it", needs("curl"), async (part) => {
    const file = join(await temporaryFolder(part), "snapshot.jpg");
    const tag = `${file}.etag`;
    const path = "/streams/still/snapshot.jpg";
    const put = await fetch(`${scene.kinora}${path}`, { method: "PUT", body: RED });
    const ask = async (...options: readonly string[]) => {
      const args = ["--silent", "--show-error", "--write-out", "%{http_code}", "--output", file, ...options];
      return (await execute(pathOf("curl"), [...args, `${scene.nginx}${path}`], { timeout: 20_000 })).stdout;
    };

    const first = await ask("--etag-save", tag);
    const picture = await readFile(file);
    const second = await ask("--etag-compare", tag);

    assert.equal(put.status, 204);
    assert.equal(first, "200");
    assert.ok(sameBytes(picture, RED));
    assert.equal(second, "304");
  });

  await t.test("nginx passes on a small picture at once, none behind it", needs("curl"), async (part) => {
    const path = "/streams/small/live.mjpeg";
    await fetch(`${scene.kinora}/streams/small/snapshot.jpg`, { method: "PUT", body: RED });

    const from = performance.now();
    const pictures = curl(part, `${scene.nginx}${path}`);
    const { done } = await pictures.next();
    const tookMs = performance.now() - from;
    await pictures.return();

    // Sent again only every 3 to 4 seconds, it would fill nginx's buffer of 4 KiB in 12 seconds.
    assert.equal(done, false);
    assert.ok(tookMs < OLDEST_MS, `it took ${tookMs} ms`);
  });

  await t.test("a stream as a WebSocket comes through nginx with two lines for it", async (part) => {
    const lines = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;";
    const port = Number(new URL(scene.kinora).port);
    const nginx = await nginxBefore(part, port, `proxy_http_version 1.1; ${lines}`);
    const socket = new WebSocket(`ws://127.0.0.1:${nginx}/streams/test/live.mjpeg`);
    part.after(() => socket.terminate());

    const sights: Sight[] = [];
    for await (const [data] of on(socket, "message", { signal: AbortSignal.timeout(PATIENCE_MS) })) {
      const at = Date.now();
      const { rgba, width, height } = await pixelsOf(data as Buffer);
      sights.push({ number: readCard(rgba, width, height), at });
      if (sights.length >= PICTURES) break;
    }

    await assertWell(scene, "WebSocket", sights, PICTURES);
  });
});

async function setScene(t: TestContext): Promise<Scene> {
  const { url, port } = await Command.serve(t, [
    `test:?size=${SIZE.width}x${SIZE.height}&fps=15`,
    "still=push:",
    "small=push:",
  ]);
  const nginx = `http://127.0.0.1:${await nginxBefore(t, port, "")}`;
  const watcher = new Watcher(port, "test");
  t.after(() => watcher.close());
  return {
    kinora: url,
    nginx,
    async capturedAt(wanted) {
      await watcher.next(() => true, "a picture");
      for (const { jpeg, headers } of watcher.parts.toReversed()) {
        const { rgba, width, height } = await pixelsOf(jpeg);
        const number = readCard(rgba, width, height) ?? Infinity;
        if (number <= wanted) return Number(headers.get("X-Timestamp")) * 1000;
      }
      throw new Error(`no picture ${wanted} was watched`);
    },
  };
}

async function assertWell(
  scene: Scene,
  what: string,
  sights: readonly Sight[],
  least: number,
): Promise<void> {
  const numbers = sights.map(({ number }) => number ?? NaN);
  const last = sights.at(-1);
  assert.ok(last !== undefined && numbers.length >= least, `${what}: only ${numbers.join()}`);
  const areRising = numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? Infinity));
  assert.ok(areRising, `${what}: not one after the other: ${numbers.join()}`);
  const ageMs = last.at - (await scene.capturedAt(numbers.at(-1) ?? NaN));
  assert.ok(ageMs < OLDEST_MS, `${what}: ${Math.round(ageMs)} ms old`);
}
