import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import type { TlsOptions } from "node:tls";
import type { Frame } from "../../src/core/frame.ts";
import { Hub } from "../../src/core/hub.ts";
import { Access } from "../../src/delivery/access.ts";
import { Audience } from "../../src/delivery/audience.ts";
import { clientReader } from "../../src/delivery/client.ts";
import { compatOf } from "../../src/delivery/compat/compat.ts";
import { FAMILIES } from "../../src/delivery/compat/families.ts";
import type { Family } from "../../src/delivery/compat/family.ts";
import { createHandler } from "../../src/delivery/handler.ts";
import { LiveSockets } from "../../src/delivery/many/live-sockets.ts";
import { Origins } from "../../src/delivery/origins.ts";
import type { Show } from "../../src/delivery/show.ts";
import { Tally } from "../../src/delivery/tally.ts";
import { Viewers, type ViewerLimits } from "../../src/delivery/viewers.ts";
import { loadTcp } from "../../src/system/tcp.ts";

/** A server with one stream, `a`, whose frames the test publishes itself. */
export interface Stage {
  readonly port: number;
  readonly hub: Hub;
  readonly audience: Audience;
  readonly tally: Tally;
  readonly viewers: Viewers;
  /** How many wishes for pictures are held. */
  readonly wishes: { now: number };
  /** What was told to the log as our own mistake. */
  readonly mistakes: unknown[];
  /** The server's ends of all connections so far. */
  readonly sockets: Socket[];
}

/** Sets a {@link Stage} up for one test. */
export async function stage(
  t: TestContext,
  options: {
    key?: string;
    maxSubscribers?: number;
    stallTimeoutMs?: number;
    withoutKoffi?: boolean;
    limits?: Partial<ViewerLimits>;
    trustProxy?: string;
    cors?: string | readonly string[];
    basePath?: string;
    /** The other kinds of servers whose addresses it has; all, where it does not say. */
    compat?: readonly Family[];
    /** Speaks TLS. */
    tls?: TlsOptions;
  } = {},
): Promise<Stage> {
  const hub = new Hub({ maxSubscribers: options.maxSubscribers ?? 1_000 });
  const audience = new Audience(hub, options.stallTimeoutMs ?? 30_000);
  const limits = { maxViewers: 1_000, maxViewersPerStream: 1_000, maxViewersPerAddress: 1_000 };
  const viewers = new Viewers({ ...limits, ...options.limits });
  const tally = new Tally();
  const wishes = { now: 0 };
  const mistakes: unknown[] = [];
  const sockets: Socket[] = [];
  const origins = new Origins(options.cors);
  const basePath = options.basePath ?? "";
  const handler = createHandler({
    shows: new Map([["a", showOf(hub, audience, tally, wishes)]]),
    mosaics: {
      get: () => Promise.reject(new Error("this stage shows no mosaics")),
    },
    liveSockets: new LiveSockets(),
    compat: compatOf(options.compat ?? FAMILIES),
    viewers,
    ingest: {
      publish: nobodyPublishes,
      assertTakes: nobodyPublishes,
      put: nobodyPublishes,
      changeSource: nobodyPublishes,
    },
    access: new Access({ key: options.key, publishKey: undefined }, origins, basePath),
    origins,
    basePath,
    clientOf: clientReader(options.trustProxy),
    tcp: () => (options.withoutKoffi === true ? undefined : loadTcp()),
    onMistake: (error) => mistakes.push(error),
  });
  const server = options.tls
    ? createSecureServer({ ...options.tls, requireHostHeader: false }, handler)
    : createServer({ requireHostHeader: false }, handler);
  server.on(options.tls ? "secureConnection" : "connection", (socket: Socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    hub.close();
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    hub,
    audience,
    tally,
    viewers,
    wishes,
    mistakes,
    sockets,
  };
}

/** Publishing is tested with a whole server, whose streams can be pushed into. */
function nobodyPublishes(): never {
  throw new Error("this stage takes no pictures");
}

function showOf(hub: Hub, audience: Audience, tally: Tally, wishes: { now: number }): Show {
  const show: Show = {
    name: "a",
    state: "live",
    audience,
    tally,
    as: () => show,
    watch() {
      wishes.now++;
      return () => {
        wishes.now--;
      };
    },
    async snapshot(): Promise<Frame> {
      if (hub.latest === undefined) throw new Error("secret detail");
      return hub.latest;
    },
    status: () => ({
      name: "a",
      source: "test",
      state: "live",
      reason: null,
      code: null,
      since: 0,
      width: 1,
      height: 1,
      fps: 0,
      ageMs: null,
      viewers: tally.size,
      frames: hub.published,
      drops: tally.totals().drops,
      sourceDrops: 0,
      notes: [],
    }),
  };
  return show;
}
