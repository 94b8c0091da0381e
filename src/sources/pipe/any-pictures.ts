import { pictureReader, type PictureReader } from "../newest-pictures.ts";
import type { SourceReport } from "../source.ts";
import { AviReader } from "./avi-reader.ts";

/** Most bytes of a head before the pictures. */
const MOST_HEAD_BYTES = 16_384;
/** JPEGs one after another, whatever lies between them; or multipart, where it begins with a delimiter. */
const JPEGS = "application/octet-stream";
const AVI = "video/x-msvideo";
const STATUS_LINE = /^HTTP\/\d(?:\.\d)? \d{3}/i;
const HEADER_LINE = /^[\w!#$%&'*+.^`|~-]+:/;

/** What bytes are, and where that begins. */
interface Opening {
  readonly type: string;
  readonly at: number;
}

/**
 * Makes a reader of pictures that tells by the first bytes what they are in: multipart parts, with or without the head that
 * programs write which a web server runs (`Content-Type: …` or `HTTP/1.0 200 OK`), JPEGs one after another, or AVI.
 */
export function anyPictureReader(
  report: Pick<SourceReport, "dropped">,
  onPicture: (jpeg: Uint8Array) => void,
): PictureReader {
  let first: Buffer = Buffer.alloc(0);
  let reader: PictureReader | undefined;
  const begin = (isAll: boolean): void => {
    const opening = readOpening(first, isAll);
    if (opening === undefined) return;
    const { type, at } = opening;
    reader = type === AVI ? new AviReader(report, onPicture) : pictureReader(type, report, onPicture);
    reader.push(first.subarray(at));
    first = Buffer.alloc(0);
  };
  return {
    push(bytes) {
      if (reader !== undefined) {
        reader.push(bytes);
        return;
      }
      first = Buffer.concat([first, bytes]);
      begin(first.length >= MOST_HEAD_BYTES);
    },
    end() {
      if (reader === undefined) begin(true);
      reader?.end();
    },
  };
}

/** Undefined where more bytes must come to tell. */
function readOpening(bytes: Buffer, isAll: boolean): Opening | undefined {
  const text = bytes.toString("latin1", 0, MOST_HEAD_BYTES);
  const at = text.length - text.trimStart().length;
  if (text.length - at < 4 && !isAll) return undefined;
  if (text.startsWith("RIFF", at)) return { type: AVI, at };
  if (STATUS_LINE.test(text.slice(at)) || HEADER_LINE.test(text.slice(at))) return readHead(text, at, isAll);
  // The beginning of a header line, so far.
  if (!isAll && /^[\w/. -]+$/.test(text.slice(at)) && !text.startsWith("--", at)) return undefined;
  return { type: JPEGS, at };
}

/** Reads lines like those of an HTTP head, to an empty one. Where another comes before it, they are only some words. */
function readHead(text: string, from: number, isAll: boolean): Opening | undefined {
  let type: string | undefined;
  let at = from;
  for (let end = text.indexOf("\n", at); end !== -1; end = text.indexOf("\n", at)) {
    const line = text.slice(at, end).trimEnd();
    if (line === "") return { type: type ?? JPEGS, at: end + 1 };
    if (at !== from && !HEADER_LINE.test(line)) return { type: JPEGS, at };
    const value = /^content-type:\s*(.*)$/i.exec(line)?.[1];
    if (value !== undefined && /^(?:multipart|image)\//i.test(value)) type = value;
    at = end + 1;
  }
  const isBinary = /[^\t\r\x20-\x7e]/.test(text.slice(at));
  return isAll || isBinary ? { type: JPEGS, at } : undefined;
}
