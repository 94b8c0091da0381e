// Kinora's handler in a server of your own. With Express it is app.use(streams.handler).
import { createServer } from "node:http";
import { ImageServer } from "kinora";

const streams = new ImageServer({ source: "test:?size=640x360" });

const server = createServer((req, res) => {
  if (req.url === "/") {
    res.setHeader("Content-Type", "text/html");
    res.end(`<h1>My page</h1><img src="/streams/main/live.mjpeg" alt="live" />`);
    return;
  }
  streams.handler(req, res);
});
server.listen(8080);
