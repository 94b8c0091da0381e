// kinora/wire alone reads the pictures of any multipart stream, from anything that gives bytes: here from fetch().
import { ImageServer } from "kinora";
import { frames } from "kinora/wire";

const server = new ImageServer({ source: "test:?size=640x360" });
await server.start(8080);

const answer = await fetch("http://127.0.0.1:8080/streams/main/live.mjpeg");
if (answer.body === null) throw new Error("no stream");
let count = 0;
for await (const jpeg of frames(answer.body, answer.headers.get("content-type"))) {
  console.log(`picture ${++count}: ${jpeg.length} bytes`);
  if (count === 10) break; // closes the connection
}
