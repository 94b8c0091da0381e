import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { MOST_VARIANTS } from "../src/app/variants.ts";
import { part, BodyPublisher, pushServer, type PushServer } from "./support/publisher.ts";
import { SAMPLES, withExif } from "./support/jpeg-samples.ts";
import { drawn, looksLike, picture, pixelAt, sameBytes } from "./support/pictures.ts";
import { RawClient } from "./support/raw-client.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { statusOf } from "./support/status.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

const anyPart = () => true;

function watching(t: TestContext, port: number, query: string, name = "door"): Watcher {
  const watcher = new Watcher(port, name, query);
  t.after(() => watcher.close());
  return watcher;
}

/** Shows a picture; resolves when it is shown, which takes a moment where another has just been. */
async function put({ url }: PushServer, jpeg: Uint8Array): Promise<void> {
  const address = `${url}/streams/door/snapshot.jpg`;
  const { status } = await fetch(address, { method: "PUT", body: new Uint8Array(jpeg) });
  assert.equal(status, 204);
  const shown = async () => sameBytes(Buffer.from(await (await fetch(address)).arrayBuffer()), jpeg);
  await until(shown, "the picture to be shown");
}

async function snapshot({ url }: PushServer, query: string): Promise<Buffer> {
  const answer = await fetch(`${url}/streams/door/snapshot.jpg?${query}`);
  assert.equal(answer.status, 200, query);
  return Buffer.from(await answer.arrayBuffer());
}

const widthOf = (jpeg: Uint8Array | undefined) => jpeg && readJpegInfo(jpeg)?.width;

test("viewers and snapshots get the variant they ask for, and all others the bytes as they are", async (t) => {
  const kinora = await pushServer(t);
  await put(kinora, RED);
  const plain = watching(t, kinora.port, "");
  const small = watching(t, kinora.port, "width=16");

  const [untouched, changed] = await Promise.all(
    [plain, small].map((each) => each.next(anyPart, "a picture", { from: 0 })),
  );
  const shot = await snapshot(kinora, "width=16");

  assert.ok(sameBytes(untouched?.jpeg, RED));
  assert.deepEqual(widthOf(changed?.jpeg), 16);
  assert.ok(sameBytes(changed?.jpeg, shot));
  assert.ok(looksLike(await pixelAt(shot, 8, 6), await pixelAt(RED, 8, 6)));
  assert.equal(changed?.headers.get("X-Timestamp"), untouched?.headers.get("X-Timestamp"));
  assert.ok(
    sameBytes(await snapshot(kinora, "fit=cover&enlarge&t=17&rotate=0"), RED),
    "nothing was asked for",
  );
});

test("fps alone lets the same bytes through, fewer of them, and the last one before a silence", async (t) => {
  const kinora = await pushServer(t);
  const publisher = new BodyPublisher(t, `${kinora.url}/streams/door/live.mjpeg`, {
    "Content-Type": "multipart/x-mixed-replace; boundary=frame",
  });
  await publisher.send(part(RED));
  const plain = watching(t, kinora.port, "");
  const slow = watching(t, kinora.port, "fps=4");
  await Promise.all([plain, slow].map((each) => each.next(anyPart, "the first", { from: 0 })));
  const from = performance.now();

  for (let count = 0; count < 30; count++) {
    await publisher.send(part(RED));
    await sleep(20);
  }
  await publisher.send(part(GREEN));
  const last = await slow.next(({ jpeg }) => sameBytes(jpeg, GREEN), "the last one", { from: 0 });

  const seconds = (performance.now() - from) / 1000;
  const others = slow.parts.filter((each) => each !== last);
  assert.ok(others.every(({ jpeg }) => sameBytes(jpeg, RED)));
  assert.ok(slow.parts.length <= 3 + seconds * 4, `${slow.parts.length} in ${seconds} s`);
  assert.ok(plain.parts.length > slow.parts.length, `${plain.parts.length} and ${slow.parts.length}`);
});

test("rotate=exif writes the orientation into the head, on top of the one that is there, and keeps the picture data", async (t) => {
  const kinora = await pushServer(t);
  const scan = (jpeg: Uint8Array) => jpeg.subarray(readJpegInfo(jpeg)?.scanAt);
  const cases: readonly (readonly [Uint8Array, string, number])[] = [
    [RED, "rotate=exif:90", 6],
    [RED, "rotate=exif:180", 3],
    [RED, "rotate=exif:270", 8],
    [RED, "rotate=exif&flip=h", 2],
    [RED, "rotate=exif:90&flip=h", 5],
    [withExif(RED, 6), "rotate=exif:90", 3],
    [withExif(RED, 6), "rotate=exif:270", 1],
    [withExif(RED, 6, undefined, true), "rotate=exif:0&flip=v", 7],
  ];

  for (const [jpeg, query, orientation] of cases) {
    await put(kinora, jpeg);
    const shot = await snapshot(kinora, query);
    const viewer = watching(t, kinora.port, query);
    const watched = await viewer.next(anyPart, query, { from: 0 });
    viewer.close();

    assert.equal(readJpegInfo(shot)?.orientation, orientation, query);
    assert.equal((await sharp(shot).metadata()).orientation, orientation, query);
    assert.ok(sameBytes(scan(shot), scan(jpeg)), query);
    assert.ok(sameBytes(shot, watched.jpeg), query);
  }
});

test("an orientation in the head shows what a rotation of the pixels shows", async (t) => {
  const kinora = await pushServer(t);
  const half = await drawn(
    "jpeg",
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32"><rect width="64" height="32" fill="#00f"/><rect width="32" height="16" fill="#f00"/></svg>',
  );
  await put(kinora, half);

  for (const rest of ["90", "90&flip=h", "180&flip=v", "270", "270&flip=hv"]) {
    const [head, pixels] = await Promise.all([
      snapshot(kinora, `rotate=exif:${rest}`),
      snapshot(kinora, `rotate=${rest}`),
    ]);
    for (const [x, y] of [
      [4, 4],
      [27, 4],
      [4, 27],
      [27, 27],
    ] as const) {
      assert.ok(
        looksLike(await pixelAt(head, x, y), await pixelAt(pixels, x, y), 24),
        `${rest} at ${x},${y}`,
      );
    }
  }
});

test("EXIF that tells other things keeps them, and a JFIF head stays the first", async (t) => {
  const kinora = await pushServer(t);
  const camera = await sharp(RED)
    .withExif({ IFD0: { Make: "Kinora Works" } })
    .jpeg()
    .toBuffer();
  await put(kinora, camera);

  const shot = await snapshot(kinora, "rotate=exif:90");

  const { exif, orientation } = await sharp(shot).metadata();
  assert.equal(orientation, 6);
  assert.match(exif?.toString("latin1") ?? "", /Kinora Works/);
  await put(kinora, SAMPLES.baseline);
  const jfif = await snapshot(kinora, "rotate=exif:90");
  assert.equal(jfif.toString("latin1", 6, 10), "JFIF");
  assert.equal(readJpegInfo(jfif)?.orientation, 6);
});

test("wrong values are 400, naming the parameter, its range and the value, for live, snapshot and WebSocket", async (t) => {
  const kinora = await pushServer(t);
  const wrong: readonly (readonly [string, string])[] = [
    ["width=0", 'the parameter width must be an integer from 1 to 4096 (pixels), got "0"'],
    ["width=4097", 'the parameter width must be an integer from 1 to 4096 (pixels), got "4097"'],
    ["width=", 'the parameter width must be an integer from 1 to 4096 (pixels), got ""'],
    ["height=-5", 'the parameter height must be an integer from 1 to 4096 (pixels), got "-5"'],
    ["height=1e3", 'the parameter height must be an integer from 1 to 4096 (pixels), got "1e3"'],
    ["quality=0", 'the parameter quality must be an integer from 1 to 100 (JPEG quality), got "0"'],
    ["quality=101", 'the parameter quality must be an integer from 1 to 100 (JPEG quality), got "101"'],
    ["fps=0", 'the parameter fps must be a number from 0.1 to 120 (pictures a second), got "0"'],
    ["fps=121", 'the parameter fps must be a number from 0.1 to 120 (pictures a second), got "121"'],
    ["fit=fill", 'the parameter fit must be one of contain, cover, stretch, got "fill"'],
    ["flip=x", 'the parameter flip must be one of h, v, hv, got "x"'],
    [
      "rotate=45",
      'the parameter rotate must be 0, 90, 180 or 270 (degrees clockwise), or exif:90 and its like, got "45"',
    ],
    [
      "rotate=",
      'the parameter rotate must be 0, 90, 180 or 270 (degrees clockwise), or exif:90 and its like, got ""',
    ],
    [
      "rotate=exif:",
      'the parameter rotate must be 0, 90, 180 or 270 (degrees clockwise), or exif:90 and its like, got "exif:"',
    ],
    [
      "crop=1,2,3",
      'the parameter crop must be X,Y,WIDTH,HEIGHT in pixels, 0 to 99999, the last two not 0, such as 100,50,640,360, got "1,2,3"',
    ],
    [
      "crop=0,0,0,5",
      'the parameter crop must be X,Y,WIDTH,HEIGHT in pixels, 0 to 99999, the last two not 0, such as 100,50,640,360, got "0,0,0,5"',
    ],
    [
      `text=${"x".repeat(201)}`,
      `the parameter text must be at most 200 characters long, got "${"x".repeat(80)}…"`,
    ],
  ];

  for (const [query, sentence] of wrong) {
    for (const file of ["live.mjpeg", "snapshot.jpg"]) {
      const answer = await fetch(`${kinora.url}/streams/door/${file}?${query}`);
      assert.deepEqual([answer.status, await answer.text()], [400, `${sentence}\n`], `${file}?${query}`);
    }
  }
  const socket = RawClient.get(
    kinora.port,
    "/streams/door/live.mjpeg?width=0",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  );
  await socket.until((text) => text.includes('got "0"'), "the sentence");
  assert.match(socket.text, /^HTTP\/1\.1 400 /);
  socket.close();
});

test("one live variant more than the most is 503 until one is left; one that is watched, and snapshots, are always possible", async (t) => {
  const kinora = await pushServer(t);
  await put(kinora, RED);
  const viewers = Array.from({ length: MOST_VARIANTS }, (_, index) =>
    watching(t, kinora.port, `width=${index + 1}`),
  );
  await Promise.all(viewers.map((each) => each.next(anyPart, "a picture", { from: 0 })));

  const refusal = await fetch(`${kinora.url}/streams/door/live.mjpeg?width=30`);
  const other = await snapshot(kinora, "width=30");
  const same = watching(t, kinora.port, "width=1&fit=cover");
  const shot = await snapshot(kinora, "width=2");
  await same.next(anyPart, "a picture", { from: 0 });
  viewers[5]?.close();
  await until(async () => (await statusOf(kinora.url, "door")).viewers === MOST_VARIANTS, "one to be gone");
  const next = watching(t, kinora.port, "width=30");

  assert.equal(refusal.status, 503);
  assert.match(refusal.headers.get("Retry-After") ?? "", /^\d+$/);
  assert.match(await refusal.text(), /in 16 different variants/);
  assert.equal(widthOf(other), 30);
  assert.equal(widthOf(shot), 2);
  assert.equal(widthOf((await next.next(anyPart, "a picture", { from: 0 })).jpeg), 30);
});

test("snapshots in more variants than are made at once wait for their turn, with wait=0 they are 503, and viewers come in", async (t) => {
  const kinora = await pushServer(t);
  await put(kinora, await picture("jpeg", 1280, 720, [40, 90, 200]));
  const ask = (query: string) => fetch(`${kinora.url}/streams/door/snapshot.jpg?grey&${query}`);

  const patient = Array.from({ length: 40 }, (_, index) => ask(`width=${1_000 + index}&wait=30000`));
  const [first] = await Promise.all([
    Promise.race(patient),
    ...[1, 2, 3].map(async (width) => {
      const viewer = watching(t, kinora.port, `width=${width}`);
      assert.equal(widthOf((await viewer.next(anyPart, "a picture", { from: 0 })).jpeg), width);
    }),
  ]);
  const hasty = await Promise.all(
    Array.from({ length: 40 }, (_, index) => ask(`width=${500 + index}&wait=0`)),
  );

  assert.equal(first.status, 200);
  for (const answer of await Promise.all(patient)) assert.equal(answer.status, 200);
  const refused = hasty.filter(({ status }) => status === 503);
  assert.ok(refused.length > 0, "none of 40 was refused");
  assert.match(refused[0]?.headers.get("Retry-After") ?? "", /^\d+$/);
  assert.match((await refused[0]?.text()) ?? "", /too many snapshots of the stream are being made/);
});

test("a text of nothing that can be seen is none", async (t) => {
  const kinora = await pushServer(t);
  await put(kinora, await picture("jpeg", 320, 240, [200, 30, 30]));
  const plain = await snapshot(kinora, "grey");

  for (const text of ["%20", "%09%0A", "%00%1B", "%E2%80%AE%E2%80%8B", "%C2%A0%E3%80%80"]) {
    assert.ok(sameBytes(await snapshot(kinora, `grey&text=${text}`), plain), text);
  }
});

test("a picture that cannot be changed is passed over, said once in the log, and the next one is shown", async (t) => {
  const kinora = await pushServer(t);
  const huge = Uint8Array.from(RED);
  const size = huge.findIndex((byte, index) => byte === 0xff && huge[index + 1] === 0xc0) + 5;
  huge.set([0x40, 0, 0x40, 0], size);
  await put(kinora, huge);
  const small = watching(t, kinora.port, "width=16");
  const told = () => kinora.log.filter((line) => line.includes("left out of the variant width=16"));
  await until(() => told().length > 0, "a line in the log");
  await put(kinora, huge);

  const shot = await fetch(`${kinora.url}/streams/door/snapshot.jpg?width=16`);
  await put(kinora, GREEN);
  const shown = await small.next(anyPart, "the next one", { from: 0 });

  assert.equal(shot.status, 503);
  assert.match(
    await shot.text(),
    /^the picture has 16384x16384 pixels, and only pictures of at most 33177600/,
  );
  assert.equal(small.parts.length, 1);
  assert.equal(widthOf(shown.jpeg), 16);
  assert.equal(told().length, 1);
});

test("a variant goes on over a change of the source, and shows the placeholder of a lost one", async (t) => {
  const kinora = await pushServer(t);
  const small = watching(t, kinora.port, "width=32", "main");
  await small.next(({ jpeg }) => readJpegInfo(jpeg)?.height === 24, "the test card", { from: 0 });

  kinora.server.setSource("main", "test:?size=128x32&fps=10");
  await small.next(({ jpeg }) => readJpegInfo(jpeg)?.height === 8, "the other card");
  kinora.server.setSource("main", async () => {
    throw new Error("the camera is gone");
  });
  const before = small.parts.at(-1)?.jpeg;
  const placeholder = await small.next(({ jpeg }) => !sameBytes(jpeg, before), "the placeholder");

  assert.equal(widthOf(placeholder.jpeg), 32);
  assert.equal(small.trouble, undefined);
});

test("the end of a stream is the end of its variants, behind the last picture", async (t) => {
  const kinora = await pushServer(t);
  for (const [index, query] of ["width=16", "fps=1", "rotate=exif:90"].entries()) {
    kinora.server.addStream(`short${index}`, twoPictures);
    const viewer = watching(t, kinora.port, query, `short${index}`);
    await until(() => viewer.trouble !== undefined, "the end");

    const last = viewer.parts.at(-1)?.jpeg ?? RED;
    assert.equal(viewer.trouble, "the stream has ended", query);
    assert.ok(looksLike(await pixelAt(last, 8, 6), await pixelAt(GREEN, 8, 6), 24), query);
  }

  const again = watching(t, kinora.port, "width=16", "short0");
  await until(() => again.trouble !== undefined, "the end");
  assert.equal(again.trouble, "the stream has ended");
  assert.ok(again.parts.length > 0);
});

/** A source that ends behind its second picture. */
const twoPictures = {
  label: "two pictures",
  async *capture() {
    for (const jpeg of [RED, GREEN]) {
      yield { jpeg, capturedAt: Date.now() };
      await sleep(30);
    }
  },
};

test("a variant watched again after its last viewer left shows the newest picture, not the one it had", async (t) => {
  const kinora = await pushServer(t);
  await put(kinora, RED);
  const first = watching(t, kinora.port, "width=16");
  await first.next(anyPart, "a picture", { from: 0 });
  first.close();
  await until(async () => (await statusOf(kinora.url, "door")).viewers === 0, "it to be gone");
  await put(kinora, GREEN);

  const second = watching(t, kinora.port, "width=16");
  const shown = await second.next(anyPart, "a picture", { from: 0 });

  assert.ok(looksLike(await pixelAt(shown.jpeg, 8, 6), await pixelAt(GREEN, 8, 6), 24));
});

test("viewers of the stream as it is get every picture in time while costly variants are made", async (t) => {
  const kinora = await pushServer(t);
  const large = await picture("jpeg", 1600, 1200, [80, 120, 160]);
  const publisher = new BodyPublisher(t, `${kinora.url}/streams/door/live.mjpeg`, {
    "Content-Type": "multipart/x-mixed-replace; boundary=frame",
  });
  await publisher.send(part(large));
  const plain = watching(t, kinora.port, "");
  await plain.next(anyPart, "the first", { from: 0 });
  const costly = [4096, 4095, 4094].map((width) => watching(t, kinora.port, `width=${width}&enlarge`));
  await Promise.all(costly.map((each) => each.next(anyPart, "the first", { from: 0 })));
  const [from, costlyFrom] = [plain.parts.length, costly[0]?.parts.length ?? 0];

  const ages: number[] = [];
  for (let count = 0; count < 20; count++) {
    const sentAt = performance.now();
    await publisher.send(part(large));
    await plain.next(anyPart, "this one", { from: from + count });
    ages.push(performance.now() - sentAt);
    await sleep(25);
  }

  ages.sort((a, b) => a - b);
  const made = (costly[0]?.parts.length ?? 0) - costlyFrom;
  assert.equal(plain.parts.length, from + 20, "none was skipped");
  assert.ok(made < 18, `the costly ones came ${made} times, so the newest was chosen`);
  assert.ok((ages[10] ?? Infinity) < 100, `${ages[10]} ms at the median`);
});
