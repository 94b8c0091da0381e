// Several streams on one server: /streams/card/live.mjpeg, /streams/slides/live.mjpeg, and all of them at /
import { fileURLToPath } from "node:url";
import { ImageServer } from "kinora";

const server = new ImageServer({ log: (line) => console.error(line) });
server.addStream("card", "test:?size=640x360&fps=15");
server.addStream("slides", `folder:${fileURLToPath(new URL("./pictures", import.meta.url))}?fps=2`);
await server.start(8080);
