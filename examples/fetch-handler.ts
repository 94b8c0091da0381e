// A live picture from a plain fetch handler: Deno.serve(handler), Bun.serve({ fetch: handler }), or as here in Node.
import { readFile } from "node:fs/promises";
import { serve } from "@hono/node-server";
import { mjpegResponse } from "kinora";

const pictures = ["red", "green"].map((name) => new URL(`./pictures/${name}.jpg`, import.meta.url));

function handler(request: Request): Response {
  if (new URL(request.url).pathname !== "/live") {
    return new Response(`<img src="/live" alt="live" />`, { headers: { "Content-Type": "text/html" } });
  }
  let shown = 0;
  const next = () => readFile(pictures[shown++ % pictures.length] ?? "");
  return mjpegResponse(next, { request, interval: 500 });
}

serve({ fetch: handler, port: 8080 });
console.log("http://127.0.0.1:8080/");
