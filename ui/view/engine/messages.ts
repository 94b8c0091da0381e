import type { ViewStatus } from "../view-types.ts";

/** Either kind of canvas: one that was handed to the worker, or the page's own. */
export type AnyCanvas = OffscreenCanvas | HTMLCanvasElement;

/** What a view wants to see. */
export interface Wish {
  /** Address of the WebSocket, with the key. */
  readonly url: string;
  /** The stream's name. */
  readonly stream: string;
  /** The parameters of a live address. */
  readonly query: string;
}

/** From the page to the engine. Views have numbers that are never given again. */
export type Command =
  /** Shows this from now on; null pauses. The canvas comes with the first. */
  | { readonly type: "set"; readonly view: number; readonly wish: Wish | null; readonly canvas?: AnyCanvas }
  | { readonly type: "free"; readonly view: number }
  /** Connects anew. */
  | { readonly type: "reconnect"; readonly view: number }
  /** The network or the visitor is back: whatever waits before it connects again does it now. */
  | { readonly type: "wake" };

/** How a connection is doing: `connecting` for the first time, `lost` and tried again, `unavailable` if never had. */
export type LinkState = "connecting" | "open" | "lost" | "unavailable";

/** What the engine measures. */
export interface Measured {
  readonly fps: number;
  readonly ageMs: number | null;
  readonly drops: number;
  readonly width: number;
  readonly height: number;
}

/** From the engine to the page. */
export type Report =
  | { readonly type: "ready" }
  | { readonly type: "link"; readonly view: number; readonly state: LinkState }
  | { readonly type: "status"; readonly view: number; readonly status: ViewStatus }
  /** The first picture of what was wished is drawn, or one of another size. */
  | { readonly type: "picture"; readonly view: number; readonly width: number; readonly height: number }
  | { readonly type: "figures"; readonly view: number; readonly figures: Measured };

/** Tells the page. */
export type Tell = (report: Report) => void;
