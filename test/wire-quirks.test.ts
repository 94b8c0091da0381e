import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cut,
  join,
  SAMPLES,
  scanAt,
  withComment,
  withExif,
  withJfxx,
  withoutEnd,
  withoutTables,
} from "./support/jpeg-samples.ts";
import { repairJpeg } from "../src/core/jpeg-repair.ts";
import { delimited, jpegPart, part, readFrames, type FramesRead } from "./support/wire-streams.ts";

const A = SAMPLES.baseline;
const B = SAMPLES.progressive;
const C = SAMPLES.restarts;
const ALL = [A, B, C];

interface Quirk {
  readonly title: string;
  readonly contentType?: string | null;
  readonly body: Uint8Array;
  /** The frames that must come; by default all three. */
  readonly frames?: readonly Uint8Array[];
  readonly other?: FramesRead["other"];
  readonly bad?: FramesRead["bad"];
}

const TYPE = "multipart/x-mixed-replace;boundary=b0";
const LENGTHS = ALL.map((jpeg) => jpegPart(jpeg));
const NO_LENGTHS = ALL.map((jpeg) => part(["Content-Type: image/jpeg"], jpeg));

/** Three parts, each of which is made by `make`. */
function each(make: (jpeg: Uint8Array) => Uint8Array, token = "--b0"): Uint8Array {
  return delimited(token, ...ALL.map(make));
}

/** Three pictures, each with these part headers, without a length. */
function headed(...headers: readonly string[]): Uint8Array {
  return each((jpeg) => part(headers, jpeg));
}

const QUIRKS: readonly Quirk[] = [
  // How the boundary is declared and used.
  { title: "lengths, the delimiter before each part", body: delimited("--b0", ...LENGTHS) },
  { title: "no lengths", body: delimited("--b0", ...NO_LENGTHS) },
  {
    title: "the boundary is declared with dashes and used so (Panasonic, Sony, D-Link)",
    contentType: "multipart/x-mixed-replace; boundary=--foo",
    body: delimited("--foo", ...NO_LENGTHS),
  },
  {
    title: "the boundary is declared with dashes and used with two more",
    contentType: "multipart/x-mixed-replace; boundary=--foo",
    body: delimited("----foo", ...NO_LENGTHS),
  },
  { title: "the delimiter has two dashes more than it should", body: delimited("----b0", ...NO_LENGTHS) },
  { title: "the delimiter has no dashes", body: delimited("b0", ...NO_LENGTHS) },
  {
    title: "the boundary is quoted",
    contentType: 'multipart/x-mixed-replace; boundary="b0"',
    body: delimited("--b0", ...NO_LENGTHS),
  },
  {
    title: "there is a blank before the equals sign (Panasonic)",
    contentType: "multipart/x-mixed-replace; boundary =--myboundary",
    body: delimited("--myboundary", ...LENGTHS),
  },
  {
    title: "the boundary ends in two dashes (Kasa)",
    contentType: "multipart/x-mixed-replace;boundary=data-boundary--",
    body: delimited("--data-boundary--", ...LENGTHS),
  },
  {
    title: "the boundary is used with two dashes behind it and declared without",
    contentType: "multipart/x-mixed-replace;boundary=data-boundary",
    body: delimited("--data-boundary--", ...LENGTHS),
  },
  {
    title: "no boundary is declared",
    contentType: "multipart/x-mixed-replace",
    body: delimited("--b0", ...NO_LENGTHS),
  },
  { title: "no type is declared", contentType: null, body: delimited("--b0", ...LENGTHS) },
  {
    title: "another boundary is declared",
    contentType: "multipart/x-mixed-replace;boundary=off",
    body: delimited("--ipcam264", ...LENGTHS),
  },
  {
    title: "the type is octet-stream and the body multipart (AirLink, Axis clones)",
    contentType: "application/octet-stream",
    body: delimited("--b0", ...NO_LENGTHS),
  },
  {
    title: "the boundary of webcamXP, declared without its dashes",
    contentType: "multipart/x-mixed-replace;boundary=myboundary",
    body: delimited("--myboundary", ...LENGTHS),
  },
  {
    title: "a very short boundary",
    contentType: "multipart/x-mixed-replace;boundary=b",
    body: delimited("--b", ...NO_LENGTHS),
  },
  {
    title: "a very long boundary",
    contentType: `multipart/x-mixed-replace;boundary=${"-x".repeat(60)}`,
    body: delimited(`--${"-x".repeat(60)}`, ...NO_LENGTHS),
  },
  {
    title: "the preamble is text",
    body: join("This is a multi-part message in MIME format.\r\n\r\n", delimited("--b0", ...NO_LENGTHS)),
  },
  {
    title: "line breaks come before the first delimiter",
    body: join("\r\n\r\n", delimited("--b0", ...NO_LENGTHS)),
  },
  {
    title: "no boundary is declared and a preamble comes first",
    contentType: null,
    body: join("hello\r\n-- \r\n", delimited("--b0", ...NO_LENGTHS)),
  },

  // Delimiters.
  {
    title: "no first delimiter (ESP32, Tasmota)",
    body: delimited("--b0", ...LENGTHS).subarray(6),
    frames: [B, C],
  },
  {
    title: "no first delimiter and no headers",
    body: join(A, "\r\n", delimited("--b0", ...LENGTHS.slice(1))),
  },
  { title: "no delimiter at all", body: join(...ALL) },
  {
    title: "every delimiter twice (Foscam, Hikvision)",
    body: each((jpeg) => join("--b0\r\n", jpegPart(jpeg))),
  },
  {
    title: "every delimiter twice with a blank line between",
    body: each((jpeg) => join("\r\n--b0\r\n", jpegPart(jpeg))),
    other: [],
  },
  {
    title: "headers glued to the delimiter (viseron)",
    contentType: "multipart/x-mixed-replace;boundary=--jpgboundary",
    body: join(
      ...ALL.flatMap((jpeg) => [
        "--jpgboundary",
        part(["Content-type: image/jpeg", `Content-length: ${jpeg.length}`], jpeg),
      ]),
    ),
  },
  {
    title: "headers glued to a delimiter that is not declared",
    contentType: null,
    body: join(...ALL.flatMap((jpeg) => ["--jpgboundary", part(["Content-type: image/jpeg"], jpeg)])),
  },
  { title: "blanks behind the delimiter", body: each((jpeg) => jpegPart(jpeg), "--b0 \t ").subarray(0, -4) },
  { title: "no line break before the delimiter", body: each((jpeg) => jpegPart(jpeg).subarray(0, -2)) },
  {
    title: "line feeds only",
    body: join(...ALL.flatMap((jpeg) => ["--b0\n", part(["Content-Type: image/jpeg"], jpeg, "\n")])),
  },
  {
    title: "line feeds in delimiters, CRLF in headers",
    body: join(...NO_LENGTHS.flatMap((bytes) => ["--b0\n", bytes])),
  },
  {
    title: "delimiter-like text in a comment of the picture",
    body: each((jpeg) => part(["Content-Type: image/jpeg"], withComment(jpeg, "\r\n--b0\r\n"))),
    frames: ALL.map((jpeg) => withComment(jpeg, "\r\n--b0\r\n")),
  },
  {
    title: "the whole delimiter again in a comment, with a length",
    body: each((jpeg) => jpegPart(withComment(jpeg, "\r\n--b0\r\n\r\n"))),
    frames: ALL.map((jpeg) => withComment(jpeg, "\r\n--b0\r\n\r\n")),
  },

  // Content-Length.
  { title: "the length counts the line break behind", body: each((jpeg) => jpegPart(jpeg, jpeg.length + 2)) },
  { title: "the length is 50 too long", body: each((jpeg) => jpegPart(jpeg, jpeg.length + 50)) },
  { title: "the length is 50 too short", body: each((jpeg) => jpegPart(jpeg, jpeg.length - 50)) },
  { title: "the length is 2 too short", body: each((jpeg) => jpegPart(jpeg, jpeg.length - 2)) },
  { title: "the length is 1", body: each((jpeg) => jpegPart(jpeg, 1)) },
  { title: "the length is 0", body: each((jpeg) => jpegPart(jpeg, 0)) },
  {
    title: "the length is padded (gst multipartmux)",
    body: each((jpeg) => jpegPart(jpeg, String(jpeg.length).padStart(9))),
  },
  {
    title: "the length comes twice",
    body: each((jpeg) =>
      part(["Content-Type: image/jpeg", "Content-Length: 7", `Content-Length: ${jpeg.length}`], jpeg),
    ),
  },
  { title: "the length is no number", body: each((jpeg) => jpegPart(jpeg, "12abc")) },
  { title: "the length is negative", body: each((jpeg) => jpegPart(jpeg, -1)) },
  { title: "the length is empty", body: each((jpeg) => jpegPart(jpeg, "")) },
  { title: "the length is 4 GB", body: each((jpeg) => jpegPart(jpeg, 4_294_967_296)) },
  { title: "the length is 20 digits", body: each((jpeg) => jpegPart(jpeg, "99999999999999999999")) },
  {
    title: "the length covers this part and the next",
    body: each((jpeg) => jpegPart(jpeg, jpeg.length * 2 + 80)),
  },

  // Line breaks and padding.
  {
    title: "heartbeat line breaks between parts (Dahua)",
    body: each((jpeg) => join(jpegPart(jpeg), "\r\n\r\n")),
  },
  {
    title: "heartbeat line breaks behind the delimiter",
    body: each((jpeg) => join("\r\n\r\n", jpegPart(jpeg))),
  },
  {
    title: "a line break before the picture",
    body: each((jpeg) =>
      part(["Content-Type: image/jpeg", `Content-Length: ${jpeg.length}`], join("\r\n", jpeg)),
    ),
  },
  { title: "zeros behind the picture, counted", body: each((jpeg) => jpegPart(join(jpeg, "\0".repeat(20)))) },
  {
    title: "zeros behind the picture, not counted",
    body: each((jpeg) => join(jpegPart(jpeg), "\0".repeat(20), "\r\n")),
  },
  {
    title: "the end of an older, longer picture behind the picture, counted (ESP32)",
    body: each((jpeg) => jpegPart(join(jpeg, A.subarray(-150)))),
  },
  {
    title: "a whole other picture behind the picture, counted",
    body: each((jpeg) => jpegPart(join(jpeg, SAMPLES.thumbnail))),
  },
  {
    title: "stale bytes without a length",
    body: each((jpeg) => part(["Content-Type: image/jpeg"], join(jpeg, B.subarray(-90)))),
  },

  // Types and headers.
  { title: "image/jpg", body: headed("Content-Type: image/jpg") },
  { title: "image/jpeg with a parameter", body: headed("Content-Type: image/jpeg;size=1234") },
  { title: "octet-stream parts (Canon)", body: headed("Content-Type: application/octet-stream") },
  { title: "no part headers", body: headed() },
  { title: "no blank behind the colon, upper case", body: headed("CONTENT-TYPE:IMAGE/JPEG") },
  {
    title: "a line without colon among the headers (JVC)",
    body: headed("Content-Type: image/jpeg", "no colon here", "Date: today"),
  },
  {
    title: "a name without value",
    body: headed("Content-Type: image/jpeg", "X-Nothing:", ":", "X-Name-Only"),
  },
  { title: "a folded header", body: headed("X-Long: one", "\ttwo", " three", "Content-Type: image/jpeg") },
  {
    title: "a continued line that is not indented (D-Link)",
    body: headed("Date: Wed, 01 Jan 2020", "00:00:00 GMT", "Content-Type: image/jpeg"),
  },
  {
    title: "blanks before the colon",
    body: each((jpeg) => part(["Content-Type : image/jpeg", `Content-Length : ${jpeg.length}`], jpeg)),
  },
  {
    title: "the many headers of ustreamer",
    body: each((jpeg) =>
      part(
        [
          "Content-Type: image/jpeg",
          `Content-Length: ${jpeg.length}`,
          "X-Timestamp: 1.000001",
          ...Array.from({ length: 40 }, (_, index) => `X-UStreamer-${index}: ${index}`),
        ],
        jpeg,
      ),
    ),
  },

  // Other parts.
  {
    title: "text and XML parts between (Axis, Axxon)",
    body: delimited(
      "--b0",
      part(["Content-Type: text/plain"], "progress"),
      ...LENGTHS,
      part(["Content-Type: text/xml", "Content-Length: 6"], "<a\n/>\n"),
    ),
    other: [
      { headers: { "content-type": "text/plain" }, body: "progress" },
      { headers: { "content-type": "text/xml", "content-length": "6" }, body: "<a\n/>\n" },
    ],
  },
  {
    title: "audio parts that hold every byte between (audio cameras)",
    contentType: "multipart/mixed; boundary=b0",
    body: delimited(
      "--b0",
      ...LENGTHS.flatMap((bytes) => [
        bytes,
        part(
          ["Content-Type: audio/basic", "Content-Length: 256"],
          Uint8Array.from({ length: 256 }, (_, index) => index),
        ),
      ]),
    ),
    other: Array.from({ length: 3 }, () => ({
      headers: { "content-type": "audio/basic", "content-length": "256" },
      body: String.fromCharCode(...Array.from({ length: 256 }, (_, index) => index)),
    })),
  },
  {
    title: "a text part that begins like a picture",
    body: delimited("--b0", part(["Content-Type: text/plain"], A), ...LENGTHS),
    other: [{ headers: { "content-type": "text/plain" }, body: Buffer.from(A).toString("latin1") }],
  },
  {
    title: "a text part that says --b0 with more behind it",
    body: delimited("--b0", ...LENGTHS, part(["Content-Type: text/plain"], "see --b0x and --b0-- there")),
    other: [{ headers: { "content-type": "text/plain" }, body: "see --b0x and --b0-- there" }],
  },
  {
    title: "an empty image part",
    body: delimited("--b0", part(["Content-Type: image/jpeg"], ""), ...LENGTHS),
    bad: ["no-picture"],
  },
  {
    title: "an image part that is none",
    body: delimited("--b0", ...LENGTHS, part(["Content-Type: image/jpeg"], "sorry")),
    bad: ["no-picture"],
  },
  {
    title: "a PNG among the JPEGs",
    body: delimited("--b0", part(["Content-Type: image/png"], "\x89PNG\r\n\x1a\n"), ...LENGTHS),
    bad: ["no-picture"],
  },

  // Pictures.
  {
    title: "thumbnails in EXIF (phones, Canon, Mobotix)",
    body: each((jpeg) => part(["Content-Type: image/jpeg"], withExif(jpeg, 1, SAMPLES.thumbnail))),
  },
  {
    title: "thumbnails in EXIF, with lengths",
    body: each((jpeg) => jpegPart(withExif(jpeg, 1, SAMPLES.thumbnail))),
  },
  { title: "thumbnails in JFXX", body: each((jpeg) => jpegPart(withJfxx(jpeg, SAMPLES.thumbnail))) },
  {
    title: "no end markers (ESP32), no lengths",
    body: each((jpeg) => part(["Content-Type: image/jpeg"], withoutEnd(jpeg))),
  },
  { title: "no end markers, with lengths", body: each((jpeg) => jpegPart(withoutEnd(jpeg))) },
  {
    title: "no Huffman tables (AVI1 webcams)",
    body: delimited("--b0", jpegPart(withoutTables(A)), jpegPart(withoutTables(C))),
    frames: [A, C].map((jpeg) => repairJpeg(withoutTables(jpeg)) ?? A),
  },
  {
    title: "half a picture, no lengths",
    body: delimited(
      "--b0",
      ...NO_LENGTHS.slice(0, 2),
      part(["Content-Type: image/jpeg"], cut(A)),
      ...NO_LENGTHS.slice(2),
    ),
    bad: ["cut"],
  },
  {
    title: "half a picture with the length of the half",
    body: delimited("--b0", ...LENGTHS.slice(0, 2), jpegPart(cut(A)), ...LENGTHS.slice(2)),
    bad: ["cut"],
  },
  {
    title: "half a picture with the length of the whole",
    body: delimited("--b0", jpegPart(cut(A), A.length), ...LENGTHS),
    bad: ["cut"],
  },
  {
    title: "a picture cut in its head, no lengths",
    body: delimited(
      "--b0",
      part(["Content-Type: image/jpeg"], cut(A, 0.3)),
      ...NO_LENGTHS,
      jpegPart(SAMPLES.grey),
      jpegPart(SAMPLES.grey),
    ),
    frames: [...ALL, SAMPLES.grey, SAMPLES.grey],
    bad: ["no-picture"],
  },
  {
    title: "a picture cut in its head, with the length of the whole",
    body: delimited("--b0", jpegPart(cut(A, 0.3), A.length), ...LENGTHS),
    bad: ["cut"],
  },
  {
    title: "a picture that is a head only",
    body: delimited("--b0", jpegPart(A.subarray(0, scanAt(A))), ...LENGTHS),
    bad: ["no-picture"],
  },
  {
    title: "half a picture before a text part",
    body: delimited(
      "--b0",
      LENGTHS[0] ?? A,
      part(["Content-Type: image/jpeg"], cut(B)),
      part(["Content-Type: text/plain"], "lost"),
      ...LENGTHS.slice(1),
    ),
    other: [{ headers: { "content-type": "text/plain" }, body: "lost" }],
    bad: ["cut"],
  },
  {
    title: "a marker that belongs nowhere inside the picture data",
    body: delimited("--b0", part(["Content-Type: image/jpeg"], damaged(A)), ...NO_LENGTHS),
    frames: [damaged(A), ...ALL],
  },

  // Bodies that are no multipart.
  {
    title: "JPEGs one after the other as octet-stream",
    contentType: "application/octet-stream",
    body: join(...ALL),
  },
  { title: "JPEGs one after the other as image/jpeg", contentType: "image/jpeg", body: join(...ALL) },
  {
    title: "JPEGs one after the other as video/x-motion-jpeg",
    contentType: "video/x-motion-jpeg",
    body: join(...ALL),
  },
  { title: "JPEGs one after the other, nothing declared", contentType: null, body: join(...ALL) },
  {
    title: "JPEGs with rubbish between",
    contentType: "image/jpeg",
    body: join("junk\xff\xd8junk", A, "\0\0\0\xff\xff", B, "\r\n", C, "tail"),
  },
  {
    title: "JPEGs one after the other, one of them cut",
    contentType: "image/jpeg",
    body: join(A, cut(B), B, C),
    bad: ["cut"],
  },
  {
    title: "JPEGs one after the other without end markers",
    contentType: "image/jpeg",
    body: join(withoutEnd(A), withoutEnd(B), C),
    frames: [A, B, C],
  },
  {
    title: "JPEGs with thumbnails one after the other",
    contentType: "image/jpeg",
    body: join(...ALL.map((jpeg) => withExif(jpeg, 1, SAMPLES.thumbnail))),
  },
];

function damaged(jpeg: Uint8Array): Uint8Array {
  const bytes = jpeg.slice();
  bytes.set([0xff, 0x7a], scanAt(jpeg) + 10);
  return bytes;
}

for (const quirk of QUIRKS) {
  test(`frames are read when: ${quirk.title}`, async () => {
    const { contentType = TYPE, body, frames = ALL, other = [], bad = [] } = quirk;
    const expected: FramesRead = { frames, other, bad };

    for (const sizes of [[], [1], [3, 700, 2], [64]]) {
      assert.deepEqual(
        await readFrames({ contentType, body }, sizes),
        expected,
        `chunks of ${sizes.join(", ")}`,
      );
    }
  });
}

test("nothing behind the closing delimiter counts", async () => {
  const body = join(delimited("--b0", ...LENGTHS), delimited("--b0", ...LENGTHS));

  assert.equal((await readFrames({ contentType: TYPE, body })).frames.length, 3);
});

test("an orientation survives the thumbnail that is dropped", async () => {
  const body = delimited("--b0", jpegPart(withExif(A, 6, SAMPLES.thumbnail)));

  const [jpeg] = (await readFrames({ contentType: TYPE, body })).frames;

  assert.deepEqual(jpeg, withExif(A, 6));
});
