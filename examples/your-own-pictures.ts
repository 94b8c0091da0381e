// Pictures from your own code: a function that captures one is called again and again while somebody watches.
import { ImageServer } from "kinora";
import sharp from "sharp";

const server = new ImageServer({
  source: () => {
    const hue = Math.round(Date.now() / 20) % 360;
    const background = `hsl(${hue}, 60%, 50%)`;
    return sharp({ create: { width: 640, height: 360, channels: 3, background } })
      .jpeg()
      .toBuffer();
  },
  interval: 100, // milliseconds: ten pictures a second
});
await server.start(8080);
