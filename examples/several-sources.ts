// Several sources for one stream: the first that gives pictures is shown, and an earlier one again when it is back.
import { ImageServer } from "kinora";

const server = new ImageServer({ source: ["http://127.0.0.1:9/video", "test:?size=640x360"] });
await server.start(8080);
