// Another program pushes its pictures in, here by PUT: what is put stays until the next. A publish key lets other machines do it.
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ImageServer } from "kinora";

const server = new ImageServer({ source: "push:", publishKey: "a-secret-of-yours" });
await server.start(8080);

const pictures = await Promise.all(
  ["red", "green"].map((name) => readFile(new URL(`./pictures/${name}.jpg`, import.meta.url))),
);
for (let turn = 0; ; turn++) {
  await fetch("http://127.0.0.1:8080/streams/main/snapshot.jpg", {
    method: "PUT",
    headers: { Authorization: "Bearer a-secret-of-yours", "Content-Type": "image/jpeg" },
    body: pictures[turn % 2] ?? "",
  });
  await sleep(500);
}
