// A process that hands every byte of its first connection to its second: the least that any relay can take.
import { createServer, type Socket } from "node:net";

const waiting: Socket[] = [];
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => undefined); // the other end of a measurement has ended
  waiting.push(socket);
  if (waiting.length === 2) waiting[0]?.pipe(socket);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`listens on ${typeof address === "object" ? (address?.port ?? "") : ""}`);
});
