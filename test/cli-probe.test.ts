import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { probeSource } from "../src/app/probe.ts";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import type { Source } from "../src/index.ts";
import { Command } from "./support/command.ts";
import { freePort } from "./support/free-port.ts";
import { SAMPLES } from "./support/jpeg-samples.ts";
import { picture, temporaryFolder } from "./support/pictures.ts";
import { until } from "./support/until.ts";

/** The address of a web server that answers so. */
async function answering(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("probe says size, format, rate, bytes and time of a source, and saves a picture of it", async (t) => {
  const file = join(await temporaryFolder(t), "picture.jpg");
  await writeFile(file, "an older one");

  const { stdout, stderr, code } = await Command.run(["probe", "test:?size=320x240&fps=25", "-o", file]);

  assert.match(stdout, /^test\n/);
  assert.match(stdout, /size +320x240\n/);
  assert.match(stdout, /format +JPEG, baseline, 4:2:0\n/);
  const fps = Number(/rate +([\d.]+) fps \(60 pictures in/.exec(stdout)?.[1]);
  assert.ok(fps > 20 && fps < 26, stdout);
  assert.match(stdout, /a picture +[\d.]+ KB on average \([\d.]+ to [\d.]+\)\n/);
  assert.match(stdout, /bandwidth +[\d.]+ Mbit\/s\n/);
  assert.match(stdout, /first +after \d+ ms/);
  assert.deepEqual([stderr, code], ["", 0]);
  const saved = readJpegInfo(await readFile(file));
  assert.deepEqual([saved?.width, saved?.height], [320, 240]);
});

test("-o - writes the picture, and nothing but it, to the standard output", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "a.jpg"), SAMPLES.halfChroma);
  const command = new Command(["probe", `folder:${folder}?fps=50`, "-o", "-"]);
  command.child.stdout?.setEncoding("latin1");
  t.after(() => command.stop());

  const code = await command.exit;

  assert.ok(Buffer.from(command.stdout, "latin1").equals(Buffer.from(SAMPLES.halfChroma)));
  assert.match(command.stderr, /format +JPEG, baseline, 4:2:2\n/);
  assert.equal(code, 0);
});

test("what fails gets the source's sentence and exit code 1, or 2 where it was asked wrongly", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "a.jpg"), SAMPLES.baseline);
  const refusing = await answering(t, (_, res) => res.writeHead(404).end("no such camera"));
  const cases: readonly (readonly [number, RegExp, ...string[]])[] = [
    [1, /404/, `${refusing}?pwd=s3cr3t`],
    [1, /127\.0\.0\.1:\d+/, `http://u:s3cr3t@127.0.0.1:${await freePort()}/`],
    [1, /no\/such\/folder/, "folder:/no/such/folder"],
    [1, /the picture cannot be saved: .*\/no\/such/, `folder:${folder}?fps=50`, "-o", "/no/such/a.jpg"],
    [2, /no source is called "nosuch:"/, "nosuch:"],
  ];

  const results = await Promise.all(cases.map(([, , ...args]) => Command.run(["probe", ...args])));

  results.forEach(({ code, stderr }, at) => {
    assert.match(stderr, cases[at]?.[1] ?? /^$/);
    assert.match(stderr, /^kinora: [^\n]+\n$/);
    assert.doesNotMatch(stderr, /s3cr3t|\bat .*:\d+:\d+/);
    assert.equal(code, cases[at]?.[0], stderr);
  });
});

test("Ctrl-C ends it", async (t) => {
  let asked = false;
  const silent = await answering(t, () => {
    asked = true;
  });
  const command = new Command(["probe", silent]);
  await until(() => asked, "the camera to be asked");

  const code = await command.stop();

  assert.match(command.stderr, /^kinora: http 127\.0\.0\.1:\d+ gave no picture, it was stopped\n$/);
  assert.equal(code, 1);
});

test("a source that is silent is given up, and says how long it was waited for", async (t) => {
  let asked = 0;
  const silent = await answering(t, () => (asked += 1));

  const looked = probeSource(silent, { signal: new AbortController().signal, firstMs: 200 });

  await assert.rejects(looked, { code: "ERR_SOURCE_SILENT", message: /none came within 0\.2 s/ });
  assert.equal(asked, 1);
});

test("what comes and is no picture is counted, and is no picture of the source", async () => {
  const withoutHeight = Buffer.from(SAMPLES.baseline);
  const frame = withoutHeight.indexOf(Uint8Array.of(0xff, 0xc0, 0x00, 0x11));
  withoutHeight.writeUInt16BE(0, frame + 5);
  const garbage = [withoutHeight, Buffer.from("garbage"), SAMPLES.baseline.subarray(0, 40)];
  const options = { signal: new AbortController().signal, firstMs: 300 };
  const source = (pictures: readonly Uint8Array[]): Source => ({
    label: "own",
    async *capture() {
      for (const jpeg of pictures) yield { jpeg, capturedAt: Date.now() };
      await new Promise((resolve) => setTimeout(resolve, 400));
    },
  });

  const seen = await probeSource(source([...garbage, SAMPLES.baseline]), { ...options, lookMs: 50 });

  assert.deepEqual([seen.pictures, seen.dropped], [1, 3]);
  await assert.rejects(
    probeSource(source(garbage), options),
    /none came within 0\.3 s \(3 came that were no/,
  );
});

test("changes of size are told in their order, and a source with one picture has no rate", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "1.jpg"), await picture("jpeg", 64, 48, [255, 0, 0]));
  await writeFile(join(folder, "2.jpg"), await picture("jpeg", 32, 24, [255, 0, 0]));
  const options = { signal: new AbortController().signal };

  const both = await probeSource(`folder:${folder}?fps=100`, options);
  const slow = await probeSource(`folder:${folder}?fps=0.1`, { ...options, lookMs: 50 });

  assert.deepEqual(both.sizes, ["64x48", "32x24"]);
  assert.equal(both.pictures, 60);
  assert.ok(both.bytes.least < both.bytes.mean && both.bytes.mean < both.bytes.most);
  assert.equal(slow.fps, undefined);
  assert.deepEqual(slow.sizes, ["64x48"]);
});

test("of a list that is tried, the standby that gives pictures is looked at", async () => {
  const { label, notes } = await probeSource(
    `[http://127.0.0.1:${await freePort()}/, test:?size=64x48&fps=100]`,
    { signal: new AbortController().signal },
  );

  assert.equal(label, "test");
  assert.match(notes.join("\n"), /is down .*: test is shown/);
});
