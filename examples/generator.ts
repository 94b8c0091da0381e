// Anything that can be iterated over is a source; here a generator that yields a picture when it has one.
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer } from "kinora";

async function* slides(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield await readFile(new URL("./pictures/red.jpg", import.meta.url));
    await sleep(500);
    yield await readFile(new URL("./pictures/green.jpg", import.meta.url));
    await sleep(500);
  }
}

await new ImageServer({ source: slides() }).start(8080);
