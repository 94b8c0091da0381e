import { MjpegError } from "../core/errors.ts";
import { integerIn, invalid } from "../core/validate.ts";
import { Access } from "../delivery/access.ts";
import { checkedBasePath } from "../delivery/base-path.ts";
import { createHandler, type Handler } from "../delivery/handler.ts";
import { listen, type Listener } from "../delivery/http-server.ts";
import { LiveSockets } from "../delivery/many/live-sockets.ts";
import { clientReader } from "../delivery/client.ts";
import { chosenFamilies } from "../delivery/compat/chosen-families.ts";
import { compatOf } from "../delivery/compat/compat.ts";
import { Origins } from "../delivery/origins.ts";
import { Viewers, type ViewerLimits } from "../delivery/viewers.ts";
import type { StreamStatus, ViewerStatus } from "../wire/api-types.ts";
import { changePicture } from "../images/change-picture.ts";
import { bestSource } from "./best-source.ts";
import {
  checkedInterval,
  checkedKeys,
  checkedTimes,
  viewerLimits,
  type ImageServerOptions,
  type Times,
} from "./image-server-options.ts";
import { LiveStream } from "./live-stream.ts";
import { Mosaics } from "./mosaics.ts";
import { paintInTurn } from "./paint-in-turn.ts";
import { Publishing } from "./publishing.ts";
import { tcpCalls } from "./tcp-calls.ts";
import { makeSource, type SourceInput } from "./sources.ts";
import { tell } from "./tell.ts";

/** One client watching a stream. The numbers are those of the moment they are read. */
export interface Viewer extends ViewerStatus {
  /** Ends its stream properly; it may come again. */
  close(): void;
}

const FIRST_NAME = "main";
/** All connections are closed within a second of stop(); viewers get their proper end in the first half of it. */
const CLOSE_GRACE_MS = 700;

/**
 * Serves pictures as live video to every browser.
 *
 * @example
 * const server = new ImageServer();
 * await server.start(8080);
 */
export class ImageServer {
  readonly #streams = new Map<string, LiveStream>();
  /** What the streams were given, other than over the network. */
  readonly #given = new Map<string, SourceInput>();
  readonly #limits: ViewerLimits;
  readonly #viewers: Viewers;
  readonly #publishing: Publishing;
  readonly #mosaics: Mosaics;
  readonly #liveSockets = new LiveSockets();
  readonly #handler: Handler;
  readonly #basePath: string;
  readonly #times: Times;
  readonly #log: (line: string) => void;
  #interval: number;
  #source: SourceInput | undefined;
  #listener: Listener | undefined;
  #host = "";
  /** Starts and stops happen in the order they were asked for. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws MjpegError `ERR_OPTION_INVALID` or `ERR_ADDRESS_INVALID`, naming the option, its range and the value. */
  constructor(options: ImageServerOptions = {}) {
    const { interval = 0, log = () => undefined } = options;
    this.#interval = checkedInterval(interval);
    this.#times = checkedTimes(options);
    this.#log = (line) => tell(log, line);
    const keys = checkedKeys(options);
    const origins = new Origins(options.cors);
    this.#basePath = checkedBasePath(options.basePath);
    this.#limits = viewerLimits(options);
    this.#viewers = new Viewers(this.#limits);
    this.#source = options.source;
    this.#publishing = this.#newPublishing();
    this.#mosaics = new Mosaics({
      members: () => this.#withStream(),
      maxViewers: this.#limits.maxViewersPerStream,
      stallTimeoutMs: this.#times.stallTimeoutMs,
    });
    this.#handler = createHandler({
      shows: {
        get: (name) => this.#withStream().get(name),
        values: () => this.#withStream().values(),
      },
      mosaics: this.#mosaics,
      liveSockets: this.#liveSockets,
      viewers: this.#viewers,
      ingest: this.#publishing,
      access: new Access(keys, origins, this.#basePath),
      origins,
      compat: compatOf(chosenFamilies(options.compat ?? "all")),
      basePath: this.#basePath,
      clientOf: clientReader(options.trustProxy),
      tcp: tcpCalls((line) => this.#log(line)),
      onMistake: (error) => this.#log(`a request failed: ${String(error)}`),
    });
    if (this.#source !== undefined) this.source = this.#source;
  }

  /**
   * Answers requests of a server of your own: `http.createServer(server.handler)`, or as an Express handler.
   * Without {@link start}, sources run as viewers come.
   */
  get handler(): Handler {
    return this.#handler;
  }

  /**
   * Where the first stream takes its pictures from. May be set at any time: viewers stay, and see the old picture, then a
   * placeholder, until the new one comes. Setting it throws MjpegError `ERR_ADDRESS_INVALID` or `ERR_OPTION_INVALID` for a wrong address.
   */
  get source(): SourceInput {
    return (this.#source ??= bestSource(FIRST_NAME));
  }

  set source(input: SourceInput) {
    const first = this.#first();
    if (first === undefined) this.addStream(FIRST_NAME, input);
    else this.setSource(first.name, input);
    this.#source = input;
  }

  /** Least time between two pictures in milliseconds, 0 for every picture. May be set at any time; it holds from the next picture on. */
  get interval(): number {
    return this.#interval;
  }

  set interval(milliseconds: number) {
    this.#interval = checkedInterval(milliseconds);
  }

  /** Whether the server listens. */
  get running(): boolean {
    return this.#listener !== undefined;
  }

  /** The address of the page, such as `http://127.0.0.1:8080/`; undefined while the server does not listen. */
  get url(): string | undefined {
    if (this.#listener === undefined) return undefined;
    const host = this.#host.includes(":") ? `[${this.#host}]` : this.#host;
    return `http://${host}:${this.#listener.port}${this.#basePath}/`;
  }

  /** The port the server listens on; undefined while it does not. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  /** Everyone who watches now, of all streams, longest first. */
  get viewers(): readonly Viewer[] {
    return this.#viewers.values();
  }

  /** What every stream is doing: the answer of `GET /api/streams`. */
  get streams(): readonly StreamStatus[] {
    return Array.from(this.#streams.values(), (stream) => stream.status());
  }

  /**
   * Adds a stream, shown at `/streams/NAME/live.mjpeg`. The first one added is the one that addresses without a name
   * speak of.
   * @param name 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit
   * @throws MjpegError `ERR_STREAM_EXISTS` for a name that is taken, `ERR_OPTION_INVALID` for one that cannot be,
   *   `ERR_ADDRESS_INVALID` for a source that cannot be.
   */
  addStream(name: string, source: SourceInput): void {
    this.#add(name, source);
    this.#given.set(name, source);
    this.#source ??= source;
  }

  /**
   * Changes where a stream takes its pictures from. May be called at any time: viewers stay, and see the old picture, then
   * a placeholder, until the new one comes.
   * @throws MjpegError `ERR_NOT_FOUND` when there is no stream of that name, `ERR_ADDRESS_INVALID` or
   *   `ERR_OPTION_INVALID` for a source that cannot be; the stream then goes on as before.
   */
  setSource(name: string, source: SourceInput): void {
    const stream = this.#streams.get(name);
    if (stream === undefined) {
      const names = [...this.#streams.keys()].join(", ");
      throw new MjpegError("ERR_NOT_FOUND", `there is no stream "${name}" (there are: ${names || "none"})`);
    }
    this.#change(stream, source);
    this.#given.set(name, source);
  }

  /**
   * Starts to listen.
   * @param port 0–65535; 0 takes any free one, see {@link port}
   * @param host the address to listen on: 127.0.0.1 for this machine alone, 0.0.0.0 for all networks, where everyone
   *   may look unless the server has a `key`
   * @throws MjpegError `ERR_PORT_TAKEN`, `ERR_PORT_REFUSED`, or `ERR_SERVER_RUNNING` when it already listens.
   */
  async start(port = 8080, host = "127.0.0.1"): Promise<void> {
    integerIn("port", port, 0, 65_535, "port number");
    await this.#inTurn(() => this.#start(port, host));
  }

  /**
   * Ends every viewer properly, closes every source and frees the port, all within a second. Does nothing on a server
   * that does not run. The server can be started again.
   */
  async stop(): Promise<void> {
    await this.#inTurn(() => this.#stop());
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(step);
    this.#turn = done.catch(() => undefined); // told to whoever asked for the step, and nothing to the next one
    return done;
  }

  async #start(port: number, host: string): Promise<void> {
    if (this.running) {
      throw new MjpegError(
        "ERR_SERVER_RUNNING",
        "start() was called on a server that already runs; stop() it first",
      );
    }
    this.#listener = await listen(this.#handler, port, host);
    this.#host = host;
    for (const stream of this.#withStream().values()) stream.resume();
  }

  async #stop(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    // Before their streams end: they are told that the server stops, not that there is nothing more to see.
    this.#liveSockets.close();
    const halted = Array.from(this.#streams.values(), (stream) => stream.halt());
    this.#publishing.close();
    this.#mosaics.end();
    await Promise.all([listener?.close(CLOSE_GRACE_MS), ...halted]);
  }

  #first(): LiveStream | undefined {
    return this.#streams.values().next().value;
  }

  /** The streams; where none was added before it was needed, there is one of the best source. */
  #withStream(): Map<string, LiveStream> {
    if (this.#streams.size === 0) this.#add(FIRST_NAME, this.source);
    return this.#streams;
  }

  #change(stream: LiveStream, input: SourceInput): void {
    const { source, preload } = makeSource(input, stream.name, () => this.#interval);
    stream.setSource(source, preload);
    if (this.running) stream.resume();
    if (stream === this.#first()) this.#source = input;
  }

  #newPublishing(): Publishing {
    return new Publishing({
      get: (name) => this.#withStream().get(name),
      add: (name, source) => this.#add(name, source),
      ownSource: (name) => {
        const given = this.#given.get(name);
        return typeof given === "string" ? given : undefined;
      },
      remove: (stream) => {
        this.#streams.delete(stream.name);
        void stream.halt();
      },
      setSource: (stream, source) => this.#change(stream, source),
      log: (line) => this.#log(line),
    });
  }

  #add(name: string, input: SourceInput): LiveStream {
    if (!/^[a-z0-9][\w.-]{0,63}$/i.test(name)) {
      throw invalid("a stream's name", "1 to 64 letters, digits, dots, dashes and underscores", name);
    }
    if (this.#streams.has(name)) {
      throw new MjpegError("ERR_STREAM_EXISTS", `there already is a stream "${name}"; take another name`);
    }
    const stream = this.#newStream(
      name,
      makeSource(input, name, () => this.#interval),
    );
    this.#streams.set(name, stream);
    if (this.running) stream.resume();
    return stream;
  }

  #newStream(name: string, made: ReturnType<typeof makeSource>): LiveStream {
    return new LiveStream({
      name,
      ...made,
      ...this.#times,
      maxViewers: this.#limits.maxViewersPerStream,
      interval: () => this.#interval,
      paint: paintInTurn,
      change: changePicture,
      onEvent: (text) => this.#log(`${name}: ${text}`),
    });
  }
}
