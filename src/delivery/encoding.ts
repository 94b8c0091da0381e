import type { Frame } from "../core/frame.ts";
import { CLOSE_MESSAGE, messagePieces } from "../wire/message-encoder.ts";
import {
  encodeEnd,
  encodeOpening,
  OWN_STYLE,
  partPieces,
  type Layout,
  type PartStyle,
} from "../wire/multipart-encoder.ts";
import { once } from "../wire/once.ts";
import { FrameBytes } from "./frame-bytes.ts";

/** How frames are written for one kind of client. The same bytes go to everyone of that kind. */
export interface Encoding {
  /** Whether the last frame of a series is to be sent twice: WebKit paints a picture only when another follows. */
  readonly repeats: boolean;
  /** Whether {@link end} is enough to show the frame, which was not sent before. */
  readonly endShows?: boolean;
  /** What the body begins with. */
  readonly opening: string;
  /** One frame, made once and shared. */
  frame(frame: Frame): FrameBytes;
  /** What ends the stream on purpose, behind that frame or before the first one. */
  end(last: Frame | undefined): Uint8Array;
}

/** The parts of a multipart body, laid out for browsers or for programs; always the same for the same style. */
export function partsOf(layout: Layout, style: PartStyle = OWN_STYLE): Encoding {
  return encodings(style)[layout];
}

/** Binary WebSocket messages, one a picture. */
export const MESSAGES: Encoding = {
  repeats: false,
  opening: "",
  frame: once((frame) => new FrameBytes(messagePieces(frame))),
  end: () => CLOSE_MESSAGE,
};

const NOTHING = new Uint8Array(0);

const encodings = once((style: PartStyle): Readonly<Record<Layout, Encoding>> => ({
  browser: partsFor("browser", style),
  machine: partsFor("machine", style),
}));

function partsFor(layout: Layout, style: PartStyle): Encoding {
  return {
    repeats: layout === "browser",
    // WebKit needs its last picture twice; a program that asked for so many pictures gets no more.
    endShows: layout === "machine",
    opening: encodeOpening(layout, style),
    frame: once((frame) => new FrameBytes(partPieces(frame, layout, style))),
    // Before the first picture there is nothing to repeat, and an empty part would break the <img> for good.
    end: (last) => (last === undefined ? NOTHING : encodeEnd(last, layout, style)),
  };
}
