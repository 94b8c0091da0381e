// kinora/wire alone writes a stream into any response: a web Response, or as here one of node:http.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { MULTIPART_TYPE, multipartBody } from "kinora/wire";

async function* countdown(): AsyncGenerator<Uint8Array> {
  for (const name of ["red", "green", "red"]) {
    yield await readFile(new URL(`./pictures/${name}.jpg`, import.meta.url));
    await sleep(300);
  }
}

const server = createServer((req, res) => {
  res.writeHead(200, { "Content-Type": MULTIPART_TYPE, "Cache-Control": "no-store" });
  const layout = /image\/|text\/html/.test(req.headers.accept ?? "") ? "browser" : "machine";
  Readable.from(multipartBody(countdown(), { layout })).pipe(res);
});
server.listen(8080);
