// Who watches, and how well it goes. Slow viewers are given fewer pictures, never older ones.
import { ImageServer } from "kinora";

const server = new ImageServer({ source: "test:" });
await server.start(8080);

setInterval(() => {
  for (const viewer of server.viewers) {
    const { address, fps, frames, drops, since } = viewer;
    const minutes = (Date.now() - since) / 60_000;
    console.log(`${address}: ${fps} fps, ${frames} frames, ${drops} dropped, for ${minutes.toFixed(1)} min`);
    if (minutes > 60) viewer.close();
  }
}, 1_000);
