import type { IncomingMessage } from "node:http";

/** The program at the other end of a connection. */
export interface Client {
  /** Its IP address. */
  readonly address: string;
  /** What it calls itself, as it sent it; empty where it does not say. */
  readonly userAgent: string;
}

/** The longest user agent that is kept; real ones have up to 250 characters. */
const USER_AGENT_CHARACTERS = 300;

/** Who sent a request. */
export function clientOf(req: IncomingMessage): Client {
  return {
    address: plainAddress(req.socket.remoteAddress),
    userAgent: (req.headers["user-agent"] ?? "").slice(0, USER_AGENT_CHARACTERS),
  };
}

function plainAddress(address = ""): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}
