// The pictures as WebSocket messages, one JPEG each: for a program, or a page that wants to draw them itself.
import { ImageServer } from "kinora";

const server = new ImageServer({ source: "test:" });
await server.start(8080);

const socket = new WebSocket("ws://127.0.0.1:8080/streams/main/live.mjpeg");
socket.binaryType = "arraybuffer";
socket.addEventListener("message", ({ data }) => {
  const jpeg = new Uint8Array(data);
  console.log(`a picture of ${jpeg.length} bytes`);
});
