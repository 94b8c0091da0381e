// stop() ends every viewer properly, closes the sources and frees the port, all within a second.
import { ImageServer } from "kinora";

const server = new ImageServer({ source: "test:" });
await server.start(8080);
console.log(`running at ${server.url ?? ""}`);

process.once("SIGTERM", () => void server.stop().then(() => console.log("stopped")));
