import { Lane } from "./lane.ts";
import { Link } from "./link.ts";
import type { Command, Report, Tell, Wish } from "./messages.ts";

const TICK_MS = 1_000;

/** Runs in a worker: takes the page's commands from now on. */
export function serveAsWorker(): void {
  // The types here are the page's; what a worker sends has no target origin. Not called as a method of anything else.
  const toPage = postMessage as (report: Report) => void;
  const post: Tell = (report) => toPage(report);
  const command = startEngine(post);
  addEventListener("message", ({ data }: MessageEvent<Command>) => command(data));
  post({ type: "ready" });
}

/** Starts what connects, decodes and draws for all views. Returns what takes commands. */
export function startEngine(tell: Tell): (command: Command) => void {
  const engine = new Engine(tell);
  return (command) => engine.obey(command);
}

class Engine {
  readonly #tell: Tell;
  readonly #lanes = new Map<number, Lane>();
  readonly #links = new Map<string, Link>();
  #tick: ReturnType<typeof setInterval> | undefined;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  obey(command: Command): void {
    switch (command.type) {
      case "set":
        this.#set(command);
        break;
      case "free":
        this.#free(command.view);
        break;
      case "reconnect": {
        const url = this.#lanes.get(command.view)?.wish?.url;
        if (url !== undefined) this.#links.get(url)?.reconnect();
        break;
      }
      case "wake":
        for (const link of this.#links.values()) link.wake();
    }
  }

  #set({ view, wish, canvas }: Extract<Command, { type: "set" }>): void {
    const lane = this.#lanes.get(view) ?? new Lane(view, this.#tell);
    this.#lanes.set(view, lane);
    if (canvas !== undefined) lane.drawOn(canvas);
    this.#tick ??= setInterval(() => this.#measure(), TICK_MS);
    const before = lane.wish;
    lane.wish = wish;
    if (before !== null && before.url !== wish?.url) this.#links.get(before.url)?.unwatch(lane);
    if (wish !== null && !isEqual(before, wish)) {
      lane.begin(wish);
      this.#linkTo(wish.url).watch(lane, wish, before?.stream === wish.stream);
    }
    this.#closeIdle();
  }

  #free(view: number): void {
    const lane = this.#lanes.get(view);
    if (lane === undefined) return;
    this.#lanes.delete(view);
    if (lane.wish !== null) this.#links.get(lane.wish.url)?.unwatch(lane);
    lane.free();
    this.#closeIdle();
  }

  #linkTo(url: string): Link {
    const link = this.#links.get(url) ?? new Link(url, this.#tell);
    this.#links.set(url, link);
    return link;
  }

  /** A connection that nothing comes over stays while there are views which may want something soon. */
  #closeIdle(): void {
    if (this.#lanes.size > 0) return;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    clearInterval(this.#tick);
    this.#tick = undefined;
  }

  #measure(): void {
    for (const [url, link] of this.#links) {
      link.check();
      link.askAgain();
      if (link.isIdle && this.#isUnknown(url)) {
        link.close();
        this.#links.delete(url);
      }
    }
    for (const lane of this.#lanes.values()) {
      const figures = lane.wish === null ? null : lane.measure();
      if (figures !== null) this.#tell({ type: "figures", view: lane.view, figures });
    }
  }

  /** Whether no view wants anything from that address while others do: the key or the server was changed. */
  #isUnknown(url: string): boolean {
    const wishes = [...this.#lanes.values()].map(({ wish }) => wish).filter((wish) => wish !== null);
    return wishes.length > 0 && wishes.every((wish) => wish.url !== url);
  }
}

function isEqual(one: Wish | null, other: Wish): boolean {
  return one?.url === other.url && one.stream === other.stream && one.query === other.query;
}
