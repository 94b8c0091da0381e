import type { ViewState, ViewStatus } from "../view-types.ts";

const STATES: readonly string[] = ["idle", "starting", "live", "down", "failed", "ended"];

/** What the server told of a lane. */
export interface Told {
  readonly id: number;
  readonly status: ViewStatus;
  /** Whether nothing more comes for it. */
  readonly isOver: boolean;
}

/** What a message of the server says about a lane, and which; undefined where it says nothing that is known. */
export function readStatus(text: string): Told | undefined {
  const message = parse(text);
  const id = numberOrNull(message["id"]);
  const status = statusOf(message);
  if (id === null || status === undefined) return undefined;
  return { id, status, isOver: message["type"] !== "state" };
}

/** The status in what `GET /api/streams` or a message tells of a stream; undefined where it is none. */
export function statusOf(message: Readonly<Record<string, unknown>>): ViewStatus | undefined {
  const { type, state, reason, code, since, error } = message;
  const unknown = {
    reason: null,
    code: textOrNull(code),
    since: Date.now(),
    width: null,
    height: null,
    fps: null,
  };
  if (type === "refused") return { ...unknown, state: "refused", reason: textOrNull(error) };
  if (type === "ended") return { ...unknown, state: "ended" };
  if (!isState(state)) return undefined;
  return {
    state,
    reason: textOrNull(reason),
    code: textOrNull(code),
    since: numberOrNull(since) ?? Date.now(),
    width: numberOrNull(message["width"]),
    height: numberOrNull(message["height"]),
    fps: numberOrNull(message["fps"]),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    // Of what is an object nothing is known but that it has fields.
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Nothing that this version knows.
  }
  return {};
}

function isState(value: unknown): value is ViewState {
  return typeof value === "string" && STATES.includes(value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
