// The source may change at any time: viewers stay, and see the new pictures as soon as they come.
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer } from "kinora";

const server = new ImageServer({ source: "test:?size=640x360" });
await server.start(8080);

for (;;) {
  await sleep(2_000);
  server.source = server.source === "test:?size=640x360" ? "test:?size=360x640" : "test:?size=640x360";
}
