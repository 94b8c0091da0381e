// Pictures of your own as a live picture in a Hono app. Each viewer has its own; a camera for many is an ImageServer's.
import { readFile } from "node:fs/promises";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { mjpegResponse } from "kinora";

async function* trafficLight(): AsyncGenerator<Uint8Array> {
  for (;;) {
    for (const name of ["red", "green"]) {
      yield await readFile(new URL(`./pictures/${name}.jpg`, import.meta.url));
    }
  }
}

const app = new Hono();
app.get("/", (c) => c.html(`<h1>My page</h1><img src="/live" alt="live" />`));
app.get("/live", (c) => mjpegResponse(trafficLight(), { request: c.req.raw, interval: 500 }));
serve({ fetch: app.fetch, port: 8080 });
console.log("http://127.0.0.1:8080/");
