import type { Frame } from "../core/frame.ts";
import { ascii } from "./ascii.ts";
import { joined } from "./joined.ts";
import { once } from "./once.ts";

/**
 * How parts are laid out. No single layout is immediate everywhere:
 *
 * - `browser`: the header block of the next part follows each picture, because Chromium and WebKit paint a picture
 *   only when the next header block is complete. No Content-Length: the next length is not known yet.
 * - `machine`: Content-Length and time before each picture, the delimiter right behind it.
 */
export type Layout = "browser" | "machine";

/** What tells the parts of one kind of server from those of another. Styles are compared by identity: make each once. */
export interface PartStyle {
  /** The boundary: letters, digits and dashes, at most 63 of them, as ZoneMinder keeps no more. */
  readonly boundary: string;
  /** Header lines of each part behind those that are always there, such as `X-Framerate: 60`. */
  readonly lines?: readonly string[];
}

/** The boundary Kinora sends: the one that mjpg-streamer has sent for years, which some clients search literally. */
export const BOUNDARY: string = "boundarydonotcross";

/** How Kinora writes parts where nobody asked for the manners of another server. */
export const OWN_STYLE: PartStyle = { boundary: BOUNDARY };

/** The Content-Type of a stream. No blank behind the semicolon: some parsers cut there. */
export const MULTIPART_TYPE: string = multipartType(OWN_STYLE);

/** The Content-Type of a stream in that style. */
export function multipartType({ boundary }: PartStyle): string {
  return `multipart/x-mixed-replace;boundary=${boundary}`;
}

/** What the body of a stream begins with, once, before the first part. */
export function encodeOpening(layout: Layout, style: PartStyle = OWN_STYLE): string {
  return writers(style)[layout].opening;
}

/** The bytes of one part, built once a frame, layout and style and shared by everyone. */
export function encodePart(frame: Frame, layout: Layout, style: PartStyle = OWN_STYLE): Uint8Array {
  return writers(style)[layout].part(frame);
}

/** The same in pieces, of which the picture's is not copied. */
export function partPieces(
  frame: Frame,
  layout: Layout,
  style: PartStyle = OWN_STYLE,
): readonly Uint8Array[] {
  return writers(style)[layout].pieces(frame);
}

/**
 * The bytes that end a stream on purpose: the last picture once more, for WebKit shows nothing without it, and the
 * closing delimiter. Built once a frame, layout and style, too: a server that stops ends all its viewers with the same
 * picture.
 */
export function encodeEnd(last: Frame, layout: Layout, style: PartStyle = OWN_STYLE): Uint8Array {
  return writers(style)[layout].end(last);
}

/** Writes parts of one layout and style. */
interface PartWriter {
  readonly opening: string;
  pieces(frame: Frame): readonly Uint8Array[];
  part(frame: Frame): Uint8Array;
  end(last: Frame): Uint8Array;
}

const writers = once((style: PartStyle): Readonly<Record<Layout, PartWriter>> => ({
  browser: browserWriter(style),
  machine: machineWriter(style),
}));

function browserWriter({ boundary, lines = [] }: PartStyle): PartWriter {
  const opening = `--${boundary}\r\n${["Content-Type: image/jpeg", ...lines, "", ""].join("\r\n")}`;
  const tail = ascii(`\r\n${opening}`);
  const closing = ascii(`\r\n--${boundary}--\r\n`);
  const pieces = (frame: Frame) => [frame.jpeg, tail];
  return {
    opening,
    pieces,
    part: once((frame) => joined(pieces(frame))),
    end: once((last) => joined([last.jpeg, closing])),
  };
}

function machineWriter({ boundary, lines = [] }: PartStyle): PartWriter {
  const tail = ascii(`\r\n--${boundary}\r\n`);
  const closing = ascii(`\r\n--${boundary}--\r\n`);
  const head = ({ jpeg, capturedAt }: Frame) =>
    ascii(
      [
        "Content-Type: image/jpeg",
        `Content-Length: ${jpeg.length}`,
        `X-Timestamp: ${(capturedAt / 1000).toFixed(6)}`,
        ...lines,
        "",
        "",
      ].join("\r\n"),
    );
  const pieces = (frame: Frame) => [head(frame), frame.jpeg, tail];
  return {
    opening: `--${boundary}\r\n`,
    pieces,
    part: once((frame) => joined(pieces(frame))),
    end: once((last) => joined([head(last), last.jpeg, closing])),
  };
}
