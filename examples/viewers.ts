// Who watches, and how well it goes. Slow viewers are given fewer pictures, never older ones.
import { ImageServer } from "kinora";

const server = new ImageServer({ source: "test:", maxViewersPerAddress: 20 });
await server.start(8080);

setInterval(() => {
  for (const viewer of server.viewers) {
    const { stream, address, fps, frames, drops, ageMs, roundTripMs, since } = viewer;
    const minutes = (Date.now() - since) / 60_000;
    console.log(`${address} watches ${stream} for ${minutes.toFixed(1)} min: ${fps} fps, ${frames} frames`);
    console.log(`  ${drops} dropped, ${ageMs ?? "?"} ms old, round trip ${roundTripMs ?? "?"} ms`);
    if (minutes > 60) viewer.close();
  }
}, 1_000);
