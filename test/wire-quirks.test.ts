import assert from "node:assert/strict";
import { test } from "node:test";
import { join, SAMPLES, withComment } from "./support/jpeg-samples.ts";
import { ALL, each, LENGTHS, NO_LENGTHS, testQuirks, TYPE } from "./support/wire-quirks.ts";
import { delimited, jpegPart, part, readFrames } from "./support/wire-streams.ts";

const [A, B, C] = [SAMPLES.baseline, SAMPLES.progressive, SAMPLES.restarts];

testQuirks([
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
]);

test("nothing behind the closing delimiter counts", async () => {
  const body = join(delimited("--b0", ...LENGTHS), delimited("--b0", ...LENGTHS));

  assert.equal((await readFrames({ contentType: TYPE, body })).frames.length, 3);
});
