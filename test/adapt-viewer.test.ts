import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { loadSharp } from "../src/images/sharp.ts";
import { ImageServer } from "../src/index.ts";
import { frames } from "../src/wire/index.ts";
import { SELF_SIGNED } from "./support/hostile-camera.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const WIDTH = 640;
/** Of a stream of 1.5 MB a second or more. */
const SLOW_BYTES_A_SECOND = 400_000;

/** Noise, about 60 KB. */
async function noise(): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
  const create = { width: WIDTH, height: 360, channels: 3, background: "black", noise } as const;
  return sharp({ create }).jpeg({ quality: 60 }).toBuffer();
}

/** A server whose stream `main` is noise, 30 times a second. */
async function serving(t: TestContext): Promise<ImageServer> {
  const pictures = [await noise(), await noise(), await noise()];
  let next = 0;
  const server = new ImageServer({ source: () => pictures[next++ % pictures.length] ?? new Uint8Array() });
  t.after(() => server.stop());
  return server;
}

/** A client that reads so slowly that the stream does not fit, until it is told to read on as fast as it can. */
class SippingClient {
  /** How wide the pictures were. */
  readonly widths: number[] = [];
  isSlow = true;
  readonly #socket: Socket;

  constructor(socket: Socket, query: string) {
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.write(`GET /streams/main/live.mjpeg?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    void this.#read();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #read(): Promise<void> {
    const type = "multipart/x-mixed-replace;boundary=boundarydonotcross";
    for await (const jpeg of frames(this.#sips(), type)) this.widths.push(readJpegInfo(jpeg)?.width ?? 0);
  }

  async *#sips(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#socket) {
        const bytes = chunk as Uint8Array;
        yield bytes;
        if (this.isSlow) await sleep((bytes.length * 1000) / SLOW_BYTES_A_SECOND);
      }
    } catch {
      // Closed by the test while it waited.
    }
  }
}

/** A viewer whose stream has begun, as it is. */
async function joined(
  t: TestContext,
  server: ImageServer,
  socket: Socket,
  query: string,
): Promise<SippingClient> {
  const client = new SippingClient(socket, query);
  t.after(() => client.close());
  await until(() => server.viewers[0]?.variant === "", "the viewer sees the stream as it is");
  return client;
}

/** Waits until the viewer has moved down, has it read on, and waits until it has moved up again. */
async function downAndUp(way: string, server: ImageServer, client: SippingClient): Promise<void> {
  const variant = (): string | undefined => server.viewers[0]?.variant;

  await until(() => variant() !== "", `a smaller variant ${way}`, 30_000);
  const low = variant() ?? "";
  await until(() => client.widths.some((width) => width < WIDTH), `smaller pictures ${way}`, 20_000);
  client.isSlow = false;
  await until(() => variant() === "", `the stream as it is, again, ${way}`, 40_000);
  const seen = client.widths.length;
  await until(() => client.widths.slice(seen).includes(WIDTH), `whole pictures again ${way}`, 20_000);

  assert.match(low, /^width=\d+&quality=\d+(?:&fps=[\d.]+)?$/);
  assert.equal(client.widths[0], WIDTH);
}

async function listening(t: TestContext, http: Server): Promise<number> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return (http.address() as AddressInfo).port;
}

test("viewers that read slowly are shown smaller pictures, and whole ones when they read on, over TLS, too, where the kernel cannot be asked", async (t) => {
  const [asked, unasked] = [await serving(t), await serving(t)];
  const port = await listening(t, createServer(asked.handler));
  const securePort = await listening(t, createSecureServer(SELF_SIGNED, unasked.handler));

  const plain = await joined(t, asked, connect(port, "127.0.0.1"), "adapt");
  const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
  Object.defineProperty(process, "platform", { ...platform, value: "plan9" });
  t.after(() => Object.defineProperty(process, "platform", platform));
  const overTls = tls.connect({ port: securePort, host: "127.0.0.1", rejectUnauthorized: false });
  const secure = await joined(t, unasked, overTls, "adapt=smooth");
  Object.defineProperty(process, "platform", platform);

  await Promise.all([downAndUp("plainly", asked, plain), downAndUp("over TLS", unasked, secure)]);
});

test("a viewer that is turned to another variant does not see time go back, but a clock that was set", async (t) => {
  const { port, hub, viewers } = await stage(t);
  const client = RawClient.get(port, "/streams/a/live.mjpeg");
  t.after(() => client.close());
  await until(() => viewers.size === 1, "the viewer joined");
  const publish = (text: string, capturedAt: number): void =>
    void hub.publish({ jpeg: Buffer.from(`\xff\xd8${text}\xff\xd9`, "latin1"), capturedAt });

  publish("first", 100_000);
  viewers.values()[0]?.turnTo({ width: 320 });
  publish("older", 99_960);
  publish("second", 100_000);
  publish("third", 99_990);
  viewers.values()[0]?.turnTo({});
  publish("reset", 50_000);
  await client.until((text) => text.includes("reset"), "the last picture");

  const shown = client.text.match(/first|older|second|third|reset/g);
  assert.deepEqual(shown, ["first", "second", "third", "reset"]);
});

test("viewers who do not ask for it stay where they are, and tell the variant that they asked for", async (t) => {
  const server = await serving(t);
  const port = await listening(t, createServer(server.handler));
  for (const query of ["adapt=off", "width=320&adapt=0"]) {
    const client = new SippingClient(connect(port, "127.0.0.1"), query);
    t.after(() => client.close());
  }

  await until(() => server.viewers.some(({ drops }) => drops > 60), "drops");

  const variants = server.viewers.map(({ variant }) => variant).sort();
  assert.deepEqual(variants, ["", "width=320"]);
});

test("a manner that is none is 400, naming the parameter and what it may be", async (t) => {
  const server = await serving(t);
  const port = await listening(t, createServer(server.handler));

  const answer = await fetch(`http://127.0.0.1:${port}/streams/main/live.mjpeg?adapt=fast`);

  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /adapt.*smooth, sharp, off.*fast/);
});
