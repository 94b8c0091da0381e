import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { MjpegError } from "../core/errors.ts";
import type { Handler } from "./handler.ts";
import { isTakenOver } from "./take-over.ts";

/** As an ES module node:http also loads its WebSocket client and fetch: 13 MB and 20 ms for nothing. */
const http = process.getBuiltinModule("node:http");

/** A request's head must be there after so long; a slow one is a fault or an attack. */
const HEAD_TIMEOUT_MS = 10_000;
/** Connections at once, whatever they do: above the viewers a stream may have, below what exhausts memory. */
const MAX_CONNECTIONS = 20_000;

/** A listening HTTP server. */
export interface Listener {
  /** The port it listens on: the one asked for, or the one the system gave for port 0. */
  readonly port: number;
  /** Takes no new connection, closes the idle ones, and after `graceMs` all others. Resolves when the port is free. */
  close(graceMs: number): Promise<void>;
}

/**
 * Starts to listen.
 * @throws MjpegError `ERR_PORT_TAKEN` or `ERR_PORT_REFUSED`, with the cure.
 */
export async function listen(handler: Handler, port: number, host: string): Promise<Listener> {
  const server = http.createServer(
    {
      requireHostHeader: false,
      headersTimeout: HEAD_TIMEOUT_MS,
      // A publisher's request lasts as long as it publishes; what reads a body has a limit of its own for silence.
      requestTimeout: 0,
      connectionsCheckingInterval: 5_000,
      noDelay: true,
    },
    handler,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on("clientError", refuse);
  server.listen({ port, host, backlog: 4096 });
  try {
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, port, host);
  }
  const address = server.address();
  return { port: isInfo(address) ? address.port : port, close: (graceMs) => closed(server, graceMs) };
}

/** Node's own answer to what is no request, which must not end up in a stream: junk behind its request is ignored. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (isTakenOver(socket)) return;
  const status = REFUSALS[error.code ?? ""] ?? "400 Bad Request";
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  socket.destroy();
}

const REFUSALS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

async function closed(server: Server, graceMs: number): Promise<void> {
  // A request that was only half there is complete too late: nobody may begin to watch what is being stopped.
  server.removeAllListeners("request").on("request", ({ socket }) => socket.destroy());
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  const closing = once(server, "close");
  server.close();
  await closing;
  clearTimeout(timer);
}

function listenError(error: unknown, port: number, host: string): MjpegError {
  const what = `cannot listen on ${host}, port ${port}`;
  switch (error instanceof Error && "code" in error ? error.code : "") {
    case "EADDRINUSE":
      return new MjpegError(
        "ERR_PORT_TAKEN",
        `${what}: another program has it; stop that program or take another port, such as ${port + 1}`,
        { cause: error },
      );
    case "EACCES":
      return new MjpegError(
        "ERR_PORT_REFUSED",
        `${what}: this user may not open it; take a port from 1024 on, such as 8080`,
        { cause: error },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new MjpegError(
        "ERR_PORT_REFUSED",
        `${what}: this machine has no such address; take 127.0.0.1 for this machine alone or 0.0.0.0 for all its networks`,
        { cause: error },
      );
    default:
      return new MjpegError("ERR_PORT_REFUSED", `${what}: ${String(error)}`, { cause: error });
  }
}

function isInfo(address: ReturnType<Server["address"]>): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
