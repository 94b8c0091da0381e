import type { IncomingMessage, ServerResponse } from "node:http";
import type { Tcp } from "../system/tcp.ts";
import type { Access } from "./access.ts";
import type { Client } from "./client.ts";
import type { Show, Shows } from "./show.ts";
import type { Viewers } from "./viewers.ts";

/** One request on its way through the routes. */
export interface RequestContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The query, parsed. */
  readonly query: URLSearchParams;
  /** The part of the path that the route's pattern captured; empty where it captures nothing. */
  readonly capture: string;
  /** Who asks. */
  readonly client: Client;
  /** Who may do what. */
  readonly access: Access;
  /** The streams there are. */
  readonly shows: Shows;
  /** Everyone who watches. */
  readonly viewers: Viewers;
  /** Calls into the system that make delivery fast; undefined where it has none. */
  readonly tcp: () => Tcp | undefined;
}

/** One address and what answers it. */
export interface Route {
  /** Matches the whole path; its first group is handed over as {@link RequestContext.capture}. */
  readonly path: RegExp;
  /** What it is asked for; GET and HEAD where it does not say. */
  readonly methods?: readonly string[];
  /** Whether it answers only programs and Kinora's own page, no pages of other origins. */
  readonly isOwnOnly?: boolean;
  /** Answers the request. A promise that rejects becomes an error answer. */
  handle(context: RequestContext): void | Promise<void>;
}

/** A route's answer for one stream, whichever address named it. */
export type ShowHandler = (context: RequestContext, show: Show) => void | Promise<void>;
