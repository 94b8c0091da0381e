import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { digestAuthorization, digestChallengeOf } from "../src/sources/http/digest.ts";
import { parseChallenges } from "../src/sources/http/challenge.ts";
import { Failures } from "../src/sources/http/failures.ts";
import { bodyOf } from "../src/sources/http/response-body.ts";
import { contentLengthOf, HeadReader, headerOf, type ReadHead } from "../src/sources/http/response-head.ts";
import { chunks, jpeg } from "./support/hostile-camera.ts";

const FAILURES = new Failures("http cam", (text) => text);
const HEADS: readonly string[] = [
  "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.0 200 Fine\r\nA: b\r\n folded\r\nno colon\r\nA: c\r\n\r\n",
  "\r\n\nICY 200\nA: b folded\na:c\n\n",
  "HTTP/1.1  200  Fine\r\n\x01A\x02 : \x03b folded\r\nA:c \t\r\n\r\n",
];

test("a head is read the same wherever its bytes are cut", () => {
  const body = Buffer.from("body\r\n\r\n--x");
  fc.assert(
    fc.property(fc.constantFrom(...HEADS), cuts(), (head, at) => {
      const bytes = Buffer.concat([Buffer.from(head, "latin1"), body]);

      const { read, rest } = readPieces(pieces(bytes, at));

      assert.equal(read.head.status, 200);
      assert.deepEqual(read.head.headers.get("a"), ["b folded", "c"]);
      assert.equal(headerOf(read.head, "a"), "c");
      assert.deepEqual(Buffer.from(rest), body);
    }),
  );
});

test("an answer without a head is passed on whole, wherever it is cut", () => {
  const bodies = [
    Buffer.from("--b\r\nContent-Type: image/jpeg\r\n\r\n"),
    jpeg(1),
    Buffer.alloc(80_000, 1).fill(jpeg(1), 0, 99),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...bodies), cuts(), (body, at) => {
      const { read, rest } = readPieces(pieces(body, at));

      assert.equal(read.head.status, 200);
      assert.ok(Buffer.from(rest).equals(body));
    }),
  );
});

test("chunked coding is undone the same wherever its bytes are cut", async () => {
  const body = Buffer.from("abc\r\n\r\n0\r\n\r\n--b, and so on, up to the end");
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom("", ";x=y", ' ; q="1"', "  "),
      cuts(),
      async (size, extension, at) => {
        assert.ok((await decoded(pieces(chunks(body, size, extension), at))).equals(body));
      },
    ),
  );
});

test("chunks that are declared and not used leave the body as it is", async () => {
  const bodies = ["--b\r\n", "abc", "beef", "", "12345678901234567\r\n", "1;", "\xff\xd8"].map((text) =>
    Buffer.from(text, "latin1"),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bodies), cuts(), async (body, at) => {
      assert.ok((await decoded(pieces(body, at))).equals(body));
    }),
  );
});

test("a length counts when it is a number and only one", () => {
  const lengthOf = (...values: string[]): number | undefined =>
    contentLengthOf({ status: 200, reason: "", headers: new Map([["content-length", values]]) });

  assert.equal(lengthOf("12"), 12);
  assert.equal(lengthOf(" 0012 ", "12, 12"), 12);
  for (const junk of [["1", "2"], ["-1"], ["1e3"], ["0x10"], [""], ["9".repeat(30)], ["12 bytes"], []]) {
    assert.equal(lengthOf(...junk), undefined, junk.join());
  }
});

// RFC 7616 section 3.9.1.
const RFC_7616 = {
  challenge:
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=ALGORITHM, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  credentials: { user: "Mufasa", password: "Circle of Life" },
  round: { uri: "/dir/index.html", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", count: 1 },
};

for (const [algorithm, response] of [
  ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
  ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
]) {
  test(`the ${algorithm ?? ""} example of RFC 7616 is answered as printed there`, () => {
    const [challenge] = parseChallenges([RFC_7616.challenge.replace("ALGORITHM", algorithm ?? "")]);
    const digest = challenge && digestChallengeOf(challenge);
    assert.ok(digest);

    const header = digestAuthorization(digest, RFC_7616.credentials, RFC_7616.round);

    assert.equal(
      header,
      'Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
        `uri="/dir/index.html", response="${response ?? ""}", algorithm=${algorithm ?? ""}, qop=auth, nc=00000001, ` +
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    );
  });
}

test("whatever is in WWW-Authenticate, taking it apart ends soon and throws nothing", () => {
  const bits = fc.constantFrom(
    "Digest ",
    "Basic",
    "realm",
    "=",
    '"',
    "\\",
    ",",
    " ",
    "nonce",
    "\xe4",
    "qop=auth",
    "a==",
  );
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 60 }), (parts) => void parseChallenges([parts.join("")])),
  );

  const startedAt = performance.now();
  parseChallenges([
    `Digest ${'a="'.repeat(20_000)}`,
    `Digest a="${"\\".repeat(60_000)}`,
    "a ".repeat(30_000),
  ]);
  assert.ok(performance.now() - startedAt < 2_000);
});

function cuts(): fc.Arbitrary<number[]> {
  return fc.oneof(
    fc.constant(Array.from({ length: 300 }, (_, index) => index)),
    fc.array(fc.nat({ max: 200 }), { maxLength: 6 }),
  );
}

function pieces(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

function readPieces(chunks: readonly Buffer[]): { read: ReadHead; rest: Uint8Array } {
  const reader = new HeadReader(FAILURES);
  for (const [index, chunk] of chunks.entries()) {
    const read = reader.push(chunk);
    if (read !== undefined) return { read, rest: Buffer.concat([read.rest, ...chunks.slice(index + 1)]) };
  }
  assert.fail("no head");
}

async function decoded(chunks: readonly Buffer[]): Promise<Buffer> {
  const left = [...chunks];
  const head = { status: 200, reason: "", headers: new Map([["transfer-encoding", ["chunked"]]]) };
  const body = bodyOf({ head, rest: left.shift() ?? Buffer.alloc(0) }, async () => left.shift(), FAILURES);
  const out: Uint8Array[] = [];
  for await (const chunk of body) out.push(chunk);
  return Buffer.concat(out);
}
