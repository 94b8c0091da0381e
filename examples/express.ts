// Kinora's page and streams below a path of an Express app.
import express from "express";
import { ImageServer } from "kinora";

const cams = new ImageServer({ source: "test:?size=640x360", basePath: "/cams" });

const app = express();
app.get("/", (_, res) => {
  res.send(`<h1>My page</h1><img src="/cams/streams/main/live.mjpeg" alt="live" />`);
});
app.use("/cams", cams.handler);
app.listen(8080);
console.log("http://127.0.0.1:8080/");
