import assert from "node:assert/strict";
import { test } from "node:test";
import { parts, type Part } from "../src/wire/index.ts";
import { cut, join, SAMPLES, toBytes, withExif, withoutEnd } from "./support/jpeg-samples.ts";
import { delimited, Feed, jpegPart, nextAtOnce, part, readParts } from "./support/wire-streams.ts";

const TYPE = "multipart/mixed; boundary=b0";
const A = SAMPLES.baseline;
const DELIMITER = "--b0\r\n";

async function bodies(body: Uint8Array, contentType: string | null = TYPE): Promise<readonly string[]> {
  const read = await readParts({ contentType, body });
  return read.parts.map((one) => Buffer.from(one.body).toString("latin1"));
}

test("every part comes, with names in lower case and its bytes untouched", async () => {
  const jpeg = withExif(withoutEnd(A), 6, SAMPLES.thumbnail);
  const body = delimited(
    "--b0",
    part(["Content-TYPE: text/plain; charset=utf-8", "X-Time:  12:30  "], "a\r\nb\r\n"),
    jpegPart(jpeg),
    part([], ""),
    part(["X-A: 1", "x-a: 2"], "\r\n"),
  );

  const read = await readParts({ contentType: TYPE, body });

  assert.deepEqual(
    read.parts.map(({ headers, body: bytes }) => [Object.fromEntries(headers), bytes]),
    [
      [{ "content-type": "text/plain; charset=utf-8", "x-time": "12:30" }, toBytes("a\r\nb\r\n")],
      [{ "content-type": "image/jpeg", "content-length": String(jpeg.length) }, jpeg],
      [{}, toBytes("")],
      [{ "x-a": "2" }, toBytes("\r\n")],
    ],
  );
});

test("a length is believed where the delimiter follows, so that a body may hold the delimiter", async () => {
  const tricky = "one\r\n--b0\r\n\r\ntwo\r\n--b0--\r\nthree";

  assert.deepEqual(
    await bodies(delimited("--b0", part([`Content-Length: ${tricky.length}`], tricky), part([], "next"))),
    [tricky, "next"],
  );
});

for (const length of ["3", "0", "40", "99999", "4294967296", "x", "-1", "5.0", ""]) {
  test(`a length of ${JSON.stringify(length)} that is wrong is not believed`, async () => {
    const body = delimited("--b0", part([`Content-Length: ${length}`], "hello"), part([], "next"));

    assert.deepEqual(await bodies(body), ["hello", "next"]);
  });
}

test("a length that lands on the end of a thumbnail is not believed", async () => {
  const jpeg = withExif(A, 1, SAMPLES.thumbnail);
  const length = Buffer.from(jpeg).indexOf("\xff\xd9", 0, "latin1") + 2;

  const read = await readParts({ contentType: TYPE, body: delimited("--b0", jpegPart(jpeg, length)) });

  assert.deepEqual(read.parts[0]?.body, jpeg);
});

test("a length is believed or not whatever the chunks, also where the next delimiter is only half there", async () => {
  const body = toBytes("b0\r\nContent-Length: 9\r\n\r\n--b0\r\n\r\n\r\n");

  const whole = await readParts({ contentType: TYPE, body });

  for (let size = 1; size < body.length; size++) {
    assert.deepEqual(await readParts({ contentType: TYPE, body }, [size]), whole);
  }
});

test("two dashes more before the delimiter belong to it, and so does one line break", async () => {
  const first = "--b0\r\n\r\none\r\n\r\n----b0\r\n\r\n";

  assert.deepEqual(await bodies(toBytes(`${first}two\n----b0\n\nthree\r\n--b0--\r\n`)), [
    "one\r\n",
    "two",
    "three",
  ]);
});

test("a JPEG with the right length comes with its last byte", async () => {
  const feed = new Feed();
  const read = parts(feed, TYPE);

  feed.push(DELIMITER, `Content-Length: ${A.length}\r\n\r\n`, A);

  assert.deepEqual(((await nextAtOnce<Part>(read)) as Part).body, A);
  feed.end();
});

test("any other part comes with the delimiter behind it", async () => {
  const feed = new Feed();
  const read = parts(feed, TYPE);

  feed.push(DELIMITER, "Content-Length: 5\r\n\r\nhello");
  const pending = read.next();
  assert.equal(await nextAtOnce({ next: () => pending }), "nothing yet");
  feed.push("\r\n--b0\r\n");

  assert.deepEqual((await pending).value?.body, toBytes("hello"));
  feed.push("\r\nno length\r\n--b0\r\n");
  assert.deepEqual(((await nextAtOnce<Part>(read)) as Part).body, toBytes("no length"));
  feed.end();
});

test("at a clean end a part counts when all bytes of its length are there", async () => {
  assert.deepEqual(await bodies(join(DELIMITER, "Content-Length: 5\r\n\r\nhello")), ["hello"]);
  assert.deepEqual(await bodies(join(DELIMITER, "Content-Length: 5\r\n\r\nhell")), []);
  assert.deepEqual(await bodies(join(DELIMITER, "\r\nhello")), []);
});

test("a closing delimiter needs no line end when the input ends", async () => {
  assert.deepEqual(await bodies(join(DELIMITER, "\r\nhello\r\n--b0--")), ["hello"]);
});

test("a wrong length of the last part does not lose it", async () => {
  assert.deepEqual(await bodies(join(DELIMITER, "Content-Length: 500\r\n\r\nhello\r\n--b0--\r\n")), [
    "hello",
  ]);
});

test("an error of the input is passed on behind what was whole, and the rest is torn", async () => {
  const feed = new Feed();
  const failure = new Error("the cable was pulled");
  const read = parts(feed, TYPE);

  feed.push(DELIMITER, "\r\none\r\n", DELIMITER, "\r\ntwo");
  feed.fail(failure);

  assert.deepEqual((await read.next()).value?.body, toBytes("one"));
  await assert.rejects(read.next(), failure);
});

test("bare JPEGs one after the other are parts without headers", async () => {
  const read = await readParts({ contentType: "image/jpeg", body: join(A, cut(A), withoutEnd(A), A) });

  assert.deepEqual(
    read.parts.map(({ headers, body }) => [headers.size, body]),
    [
      [0, A],
      [0, A],
    ],
  );
  assert.deepEqual(read.bad, ["cut", "cut"]);
});

test("header lines that are none are skipped, folded ones are joined", async () => {
  const body = delimited("--b0", part(["A: 1", "nonsense", "B: 2", "  3", "\t4", ": 5", "C :6"], "x"));

  const read = await readParts({ contentType: TYPE, body });

  assert.deepEqual(Object.fromEntries(read.parts[0]?.headers ?? []), { a: "1", b: "2 3 4", c: "6" });
});

test("header values are Latin-1, whatever their length", async () => {
  const long = "é".repeat(20_000);

  const read = await readParts({
    contentType: TYPE,
    body: delimited("--b0", part([`X-Long: ${long}`], "x")),
  });

  assert.equal(read.parts[0]?.headers.get("x-long"), long);
});
