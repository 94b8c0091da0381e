import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import test from "node:test";
import tls from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer } from "../src/app/image-server.ts";
import { frames } from "../src/wire/index.ts";
import { descriptorOf } from "../src/delivery/socket-descriptor.ts";
import { SELF_SIGNED } from "./support/hostile-camera.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const isLinux = process.platform === "linux";
const PICTURE_BYTES = 150_000;
const REQUEST = "GET /streams/a/live.mjpeg HTTP/1.1\r\nHost: x\r\n\r\n";

/** A JPEG as far as the parser looks, whose picture data is different at every place and in every picture. */
function picture(number: number): { jpeg: Uint8Array; capturedAt: number } {
  const jpeg = Buffer.alloc(PICTURE_BYTES);
  HEAD.copy(jpeg);
  for (let at = HEAD.length; at < PICTURE_BYTES; at++) jpeg[at] = (number * 31 + at * 7 + (at >> 8)) % 255;
  jpeg.write("\xff\xd9", PICTURE_BYTES - 2, "latin1");
  return { jpeg, capturedAt: number };
}

/** Start, a frame header of 16x16 in grey, and a scan header. */
const HEAD = Buffer.from(
  "ffd8ffc0000b0800100010010111" + "00ffc4001300" + "00".repeat(16) + "ffda0008010100003f00",
  "hex",
);

function viewerAt(port: number, isSecure = false): Socket {
  const address = { port, host: "127.0.0.1" };
  const socket = isSecure ? tls.connect({ ...address, rejectUnauthorized: false }) : connect(address);
  socket.pause();
  socket.on("error", () => undefined);
  socket.write(REQUEST);
  return socket;
}

for (const way of ["directly", "through Node", "over TLS"]) {
  const withoutKoffi = way === "through Node";
  const isSecure = way === "over TLS";

  test(
    `a client that sips gets whole pictures, every byte of them right (written ${way})`,
    { timeout: 20_000 },
    async (t) => {
      const { port, hub, audience, viewers } = await stage(t, {
        withoutKoffi,
        ...(isSecure ? { tls: SELF_SIGNED } : {}),
      });
      const socket = viewerAt(port, isSecure);
      t.after(() => socket.destroy());
      await until(() => audience.size === 1, "the viewer joined");
      const [viewer] = viewers.values();
      let published = 0;
      const publishing = setInterval(() => hub.publish(picture(published++)), 2);
      t.after(() => clearInterval(publishing));

      let late = 0;
      async function* sips(): AsyncGenerator<Uint8Array, void, undefined> {
        for await (const chunk of socket) {
          yield chunk as Uint8Array;
          await sleep(1);
        }
      }
      const type = "multipart/x-mixed-replace;boundary=boundarydonotcross";
      for await (const jpeg of frames(sips(), type)) {
        const first = jpeg[HEAD.length] ?? 0;
        const number = Array.from({ length: 255 }, (_, each) => each).find(
          (each) => (each * 31 + HEAD.length * 7 + (HEAD.length >> 8)) % 255 === first,
        );
        assert.ok(Buffer.compare(jpeg, picture(number ?? 0).jpeg) === 0, `picture ${number} is damaged`);
        // Until it has read pictures that it got in pieces, as it had fallen behind.
        if (viewer !== undefined && viewer.drops > 0) late++;
        if (late === 40) break;
      }

      assert.equal(late, 40);
    },
  );
}

for (const isSecure of [false, true]) {
  test(
    `of a client that reads nothing, one picture waits here and little in the kernel${isSecure ? " (TLS)" : ""}`,
    { skip: !isLinux },
    async (t) => {
      const { port, hub, audience, viewers, sockets } = await stage(t, isSecure ? { tls: SELF_SIGNED } : {});
      const socket = viewerAt(port, isSecure);
      t.after(() => socket.destroy());
      await until(() => audience.size === 1, "the viewer joined");
      const [viewer] = viewers.values();

      for (let number = 0; number < 150; number++) {
        hub.publish(picture(number));
        await sleep(1);
      }
      await until(() => viewer !== undefined && viewer.drops > 0, "the viewer fell behind");
      await sleep(1_100); // the next look at the connection

      const unsent = viewer?.unsentBytes ?? Infinity;
      assert.ok(unsent < 150_000, `${unsent} bytes wait in the kernel`);
      const held = Math.max(...sockets.map(({ writableLength }) => writableLength));
      assert.ok(held <= PICTURE_BYTES + 200, `${held} bytes wait here`);
    },
  );
}

test("a destroyed connection's descriptor, at once another connection's, gets no picture", async (t) => {
  const { port, hub, audience, sockets } = await stage(t);
  const client = viewerAt(port);
  let strayBytes = 0;
  const stranger = createServer((socket) => {
    socket.on("data", (chunk) => (strayBytes += chunk.length));
    socket.on("error", () => undefined);
  });
  stranger.listen(0, "127.0.0.1");
  await once(stranger, "listening");
  await until(() => audience.size === 1, "the viewer joined");
  const [socket] = sockets;
  const descriptor = socket && descriptorOf(socket);

  socket?.destroy();
  const others = Array.from({ length: 20 }, () =>
    connect((stranger.address() as AddressInfo).port, "127.0.0.1"),
  );
  t.after(() => {
    [client, ...others].forEach((each) => each.destroy());
    stranger.close();
  });
  // Connections begin in the next tick; the destroyed one tells that it is closed only after that.
  await new Promise<void>((resolve) => {
    process.nextTick(() => {
      if (isLinux) assert.ok(others.some((other) => descriptorOf(other) === descriptor));
      hub.publish(picture(0));
      resolve();
    });
  });
  await sleep(50);

  assert.equal(strayBytes, 0);
});

test("who takes no byte is closed, who takes few is not", { skip: !isLinux }, async (t) => {
  const { port, hub, audience } = await stage(t, { stallTimeoutMs: 2_000 });
  const stalled = viewerAt(port);
  const sipping = viewerAt(port);
  let sipped = 0;
  const sips = setInterval(() => {
    sipped += (sipping.read(20_000) as Buffer | null)?.length ?? 0;
  }, 50);
  const publishing = setInterval(() => hub.publish(picture(0)), 20);
  t.after(() => {
    clearInterval(sips);
    clearInterval(publishing);
    stalled.destroy();
    sipping.destroy();
  });
  await until(() => audience.size === 2, "both joined");

  await until(() => audience.size === 1, "the stalled one is closed", 20_000);
  await sleep(3_000);

  assert.equal(audience.size, 1);
  assert.ok(sipped > 0);
});

test("pictures of your own may be overwritten or given away once they are handed over", async (t) => {
  const bytes = picture(1).jpeg;
  const memory = new Uint8Array(bytes);
  async function* pictures(): AsyncGenerator<Uint8Array, void, undefined> {
    yield memory;
    memory.fill(0);
    structuredClone(memory.buffer, { transfer: [memory.buffer] });
    await new Promise(() => undefined);
  }
  const server = new ImageServer({ source: pictures() });
  await server.start(0);
  t.after(() => server.stop());
  const first = RawClient.get(server.port ?? 0, "/streams/main/live.mjpeg");
  await first.until((text) => text.includes("Content-Length: 150000"), "the first viewer's picture");

  // Sent to whoever joins later, from where it lies.
  const second = RawClient.get(server.port ?? 0, "/streams/main/live.mjpeg");
  await second.until(
    (text) => text.includes("Content-Length: 150000") && text.length > 150_000,
    "the second's",
  );
  [first, second].forEach(({ socket }) => socket.destroy());

  assert.ok(second.bytes.includes(Buffer.from(bytes)));
});
