import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { serve } from "@hono/node-server";
import express from "express";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { Hono } from "hono";
import { ImageServer, mjpegResponse } from "../src/index.ts";
import { numberedPicture, pictureNumbers } from "./support/numbered-picture.ts";
import { RawClient } from "./support/raw-client.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

/** A server with Kinora below /cams. */
type Mount = (t: TestContext, cams: ImageServer) => Promise<number>;

const MOUNTS: Readonly<Record<string, Mount>> = {
  Express: async (t, cams) => {
    const app = express();
    app.use("/cams", cams.handler);
    return listening(t, createServer(app));
  },
  Fastify: async (t, cams) => {
    const app = fastify();
    await app.register(
      async (below) => {
        below.removeAllContentTypeParsers();
        below.addContentTypeParser("*", (_request, _body, done) => done(null));
        const answer = (request: FastifyRequest, reply: FastifyReply) => {
          reply.hijack();
          cams.handler(request.raw, reply.raw);
        };
        below.all("/", answer);
        below.all("/*", answer);
      },
      { prefix: "/cams" },
    );
    t.after(() => app.close());
    t.after(() => app.server.closeAllConnections());
    await app.listen({ port: 0, host: "127.0.0.1" });
    return (app.server.address() as AddressInfo).port;
  },
};

for (const [name, mount] of Object.entries(MOUNTS)) {
  test(`${name} shows, takes and publishes below a path what a server of Kinora's own does`, async (t) => {
    const cams = new ImageServer({ source: () => RED, basePath: "/cams", publishKey: "publish it" });
    t.after(() => cams.stop());
    const port = await mount(t, cams);
    const url = `http://127.0.0.1:${port}/cams`;
    const client = RawClient.get(port, "/cams/streams/main/live.mjpeg");
    await client.until((text) => text.split("Content-Type: image/jpeg").length > 3, "pictures");
    client.close();

    const bare = await fetch(`${url}?key=1`, { redirect: "manual" });
    const snapshot = await fetch(`${url}/streams/main/snapshot.jpg`);
    const missing = await fetch(`${url}/nothing`);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/cams/streams/main/live.mjpeg`);
    const [message] = (await once(socket, "message")) as [{ readonly data: Blob }];
    socket.close();
    const published = await fetch(`${url}/streams/new/snapshot.jpg?key=publish%20it`, {
      method: "PUT",
      body: new Uint8Array(RED),
      headers: { "Content-Type": "image/jpeg" },
    });

    assert.deepEqual([bare.status, bare.headers.get("location")], [307, "/cams/?key=1"]);
    assert.equal((await snapshot.arrayBuffer()).byteLength, RED.length);
    assert.equal(missing.status, 404);
    assert.equal(message.data.size, RED.length);
    assert.equal(published.status, 204);
    assert.match(client.text, /Access-Control-Allow-Origin: \*\r\n/i);
    await until(() => cams.viewers.length === 0, "the viewers have left");
  });
}

const PICTURE_BYTES = 500_000;

/** A server that answers with a response of these pictures. */
type Answer = (t: TestContext, respond: (request?: Request) => Response) => Promise<number>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  Hono: async (t, respond) => {
    const app = new Hono();
    app.get("/live", (c) => respond(c.req.raw));
    return listening(t, serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server);
  },
  "A fetch handler": async (t, respond) =>
    listening(t, serve({ fetch: respond, port: 0, hostname: "127.0.0.1" }) as Server),
  Fastify: async (t, respond) => {
    const app = fastify();
    app.get("/live", () => respond());
    t.after(() => app.close());
    t.after(() => app.server.closeAllConnections());
    await app.listen({ port: 0, host: "127.0.0.1" });
    return (app.server.address() as AddressInfo).port;
  },
};

for (const [name, answer] of Object.entries(ANSWERS)) {
  test(`${name} sends a response of pictures, skips to the newest for a reader that stops, and closes them when it leaves`, async (t) => {
    let made = 0;
    let closed = 0;
    async function* large(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield numberedPicture(made++, PICTURE_BYTES);
      } finally {
        closed++;
      }
    }
    const port = await answer(t, (request) =>
      mjpegResponse(large(), { interval: 5, ...(request === undefined ? {} : { request }) }),
    );
    const client = RawClient.get(port, "/live");
    await client.until((text) => text.includes("number000000"), "the first picture");
    client.socket.pause();

    await until(() => made > 200, "100 MB of pictures", 20_000);
    const paused = made;
    client.socket.resume();
    await client.until(
      (text) => pictureNumbers(text).some((number) => number >= paused),
      "a new picture",
      10_000,
    );
    client.close();

    const shown = pictureNumbers(client.text);
    assert.deepEqual(
      shown,
      shown.toSorted((one, other) => one - other),
    );
    // The rest was kept nowhere: neither by the framework nor by the kernel, which takes some megabytes for a connection.
    const kept = shown.filter((number) => number < paused).length * PICTURE_BYTES;
    assert.ok(kept < 25_000_000, `${kept} bytes of ${paused * PICTURE_BYTES}`);
    await until(() => closed === 1, "the pictures are closed");
  });
}

async function listening(t: TestContext, server: Server): Promise<number> {
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  if (!server.listening) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  return (server.address() as AddressInfo).port;
}
