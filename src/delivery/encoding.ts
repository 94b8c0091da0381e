import type { Frame } from "../core/frame.ts";
import { CLOSE_MESSAGE, messagePieces } from "../wire/message-encoder.ts";
import { encodeEnd, encodeOpening, partPieces, type Layout } from "../wire/multipart-encoder.ts";
import { once } from "../wire/once.ts";
import { SharedBytes } from "./shared-bytes.ts";

/** How frames are written for one kind of client. The same bytes go to everyone of that kind. */
export interface Encoding {
  /** Whether the last frame of a series is to be sent twice: WebKit paints a picture only when another follows. */
  readonly repeats: boolean;
  /** What the body begins with. */
  readonly opening: string;
  /** One frame, made once and shared. */
  frame(frame: Frame): SharedBytes;
  /** What ends the stream on purpose, behind that frame or before the first one. */
  end(last: Frame | undefined): Uint8Array;
}

/** The parts of a multipart body, laid out for browsers or for programs. */
export const PARTS: Readonly<Record<Layout, Encoding>> = {
  browser: partsFor("browser"),
  machine: partsFor("machine"),
};

/** Binary WebSocket messages, one a picture. */
export const MESSAGES: Encoding = {
  repeats: false,
  opening: "",
  frame: once((frame) => new SharedBytes(messagePieces(frame))),
  end: () => CLOSE_MESSAGE,
};

const NOTHING = new Uint8Array(0);

function partsFor(layout: Layout): Encoding {
  return {
    repeats: layout === "browser",
    opening: encodeOpening(layout),
    frame: once((frame) => new SharedBytes(partPieces(frame, layout))),
    // Before the first picture there is nothing to repeat, and an empty part would break the <img> for good.
    end: (last) => (last === undefined ? NOTHING : encodeEnd(last, layout)),
  };
}
