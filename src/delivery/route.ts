import type { IncomingMessage, ServerResponse } from "node:http";
import type { Tcp } from "../system/tcp.ts";
import type { PartStyle } from "../wire/multipart-encoder.ts";
import type { Access } from "./access.ts";
import type { Client } from "./client.ts";
import type { Ingest } from "./ingest/ingest.ts";
import type { LiveSockets } from "./many/live-sockets.ts";
import type { Mosaics } from "./mosaics.ts";
import type { Show, Shows } from "./show.ts";
import type { Viewers } from "./viewers.ts";

/** One request on its way through the routes. */
export interface RequestContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The path that was asked for, from below the base path on. */
  readonly path: string;
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
  /** Several of the streams in one picture. */
  readonly mosaics: Mosaics;
  /** The connections over which clients watch many streams. */
  readonly liveSockets: LiveSockets;
  /** Everyone who watches. */
  readonly viewers: Viewers;
  /** Takes pictures that are pushed in, and changes sources. */
  readonly ingest: Ingest;
  /** Calls into the system that make delivery fast; undefined where it has none. */
  readonly tcp: () => Tcp | undefined;
  /** Told of a mistake in our own code, which the client is not. */
  readonly onMistake: (error: unknown) => void;
  /** How the parts of a stream are written; as Kinora does, where it is undefined. */
  readonly style?: PartStyle | undefined;
}

/**
 * What a request must bring:
 *
 * - `anyone`: nothing; for what holds no secret, and for what looks at the request itself;
 * - `look`: the view key, where there is one;
 * - `publish`: the right to send pictures, see {@link Access.assertMayPublish}.
 */
export type Right = "anyone" | "look" | "publish";

/** One address and what answers it. Several may have one path, each with methods of its own. */
export interface Route {
  /** Matches the whole path; its first group is handed over as {@link RequestContext.capture}. */
  readonly path: RegExp;
  /** What it is asked for; GET and HEAD where it does not say. */
  readonly methods?: readonly string[];
  /** Who may ask; who may look, where it does not say. */
  readonly right?: Right;
  /** Whether it answers only programs and Kinora's own page, no pages of other origins. */
  readonly isOwnOnly?: boolean;
  /** Answers the request. A promise that rejects becomes an error answer. */
  handle(context: RequestContext): void | Promise<void>;
}

/** A route's answer for one stream, whichever address named it. */
export type ShowHandler = (context: RequestContext, show: Show) => void | Promise<void>;
