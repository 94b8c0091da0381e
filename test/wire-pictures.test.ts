import assert from "node:assert/strict";
import { test } from "node:test";
import { repairJpeg } from "../src/core/jpeg-repair.ts";
import {
  cut,
  join,
  SAMPLES,
  scanAt,
  withExif,
  withJfxx,
  withoutEnd,
  withoutTables,
} from "./support/jpeg-samples.ts";
import { ALL, each, headed, LENGTHS, NO_LENGTHS, testQuirks, TYPE } from "./support/wire-quirks.ts";
import { delimited, jpegPart, part, readFrames } from "./support/wire-streams.ts";

const [A, B, C] = [SAMPLES.baseline, SAMPLES.progressive, SAMPLES.restarts];

/** The picture with a marker in its data that belongs nowhere. */
function damaged(jpeg: Uint8Array): Uint8Array {
  const bytes = jpeg.slice();
  bytes.set([0xff, 0x7a], scanAt(jpeg) + 10);
  return bytes;
}

testQuirks([
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
]);

test("an orientation survives the thumbnail that is dropped", async () => {
  const body = delimited("--b0", jpegPart(withExif(A, 6, SAMPLES.thumbnail)));

  const [jpeg] = (await readFrames({ contentType: TYPE, body })).frames;

  assert.deepEqual(jpeg, withExif(A, 6));
});
