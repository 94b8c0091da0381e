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

/** The boundary Kinora sends: the one that mjpg-streamer has sent for years, which some clients search literally. */
export const BOUNDARY: string = "boundarydonotcross";

/** The Content-Type of a stream. No blank behind the semicolon: some parsers cut there. */
export const MULTIPART_TYPE: string = `multipart/x-mixed-replace;boundary=${BOUNDARY}`;

const ADVANCE_HEADERS = "Content-Type: image/jpeg\r\n\r\n";
const DELIMITER = `\r\n--${BOUNDARY}`;
const BROWSER_TAIL = ascii(`${DELIMITER}\r\n${ADVANCE_HEADERS}`);
const MACHINE_TAIL = ascii(`${DELIMITER}\r\n`);
const CLOSE_TAIL = ascii(`${DELIMITER}--\r\n`);

/** What the body of a stream begins with, once, before the first part. */
export function encodeOpening(layout: Layout): string {
  return layout === "browser" ? `--${BOUNDARY}\r\n${ADVANCE_HEADERS}` : `--${BOUNDARY}\r\n`;
}

/** The bytes of one part, built once a frame and layout and shared by everyone. */
export function encodePart(frame: Frame, layout: Layout): Uint8Array {
  return layout === "browser" ? browserPart(frame) : machinePart(frame);
}

/** The same in pieces, of which the picture's is not copied. */
export function partPieces(frame: Frame, layout: Layout): readonly Uint8Array[] {
  return layout === "browser"
    ? [frame.jpeg, BROWSER_TAIL]
    : [machineHeaders(frame), frame.jpeg, MACHINE_TAIL];
}

/**
 * The bytes that end a stream on purpose: the last picture once more, for WebKit shows nothing without it, and the
 * closing delimiter. Built once a frame and layout, too: a server that stops ends all its viewers with the same picture.
 */
export function encodeEnd(last: Frame, layout: Layout): Uint8Array {
  return layout === "browser" ? browserEnd(last) : machineEnd(last);
}

const browserPart = once((frame: Frame) => joined(partPieces(frame, "browser")));
const machinePart = once((frame: Frame) => joined(partPieces(frame, "machine")));
const browserEnd = once((last: Frame) => joined([last.jpeg, CLOSE_TAIL]));
const machineEnd = once((last: Frame) => joined([machineHeaders(last), last.jpeg, CLOSE_TAIL]));

function machineHeaders(frame: Frame): Uint8Array {
  const seconds = (frame.capturedAt / 1000).toFixed(6);
  return ascii(
    `Content-Type: image/jpeg\r\nContent-Length: ${frame.jpeg.length}\r\nX-Timestamp: ${seconds}\r\n\r\n`,
  );
}
