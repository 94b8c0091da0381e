import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import test from "node:test";
import type { StreamStatus } from "../src/wire/api-types.ts";
import { Command } from "./support/command.ts";
import { RawClient } from "./support/raw-client.ts";

test("--version prints the version, --help every option with examples", async () => {
  const packageJson = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };

  const [version, help] = await Promise.all([Command.run(["--version"]), Command.run(["--help"])]);

  assert.equal(version.stdout, `${packageJson.version}\n`);
  for (const word of [
    "--port",
    "--host",
    "--lan",
    "--key",
    "--open",
    "test:",
    "folder:",
    "camera:",
    "devices",
  ]) {
    assert.ok(help.stdout.includes(word), `--help does not say ${word}`);
  }
  assert.deepEqual([version.code, help.code], [0, 0]);
});

test("a test card is served at the addresses that are printed, and Ctrl-C ends it cleanly", async (t) => {
  const { command, port, url } = await Command.serve(t, ["card=test:?size=320x240&fps=10"]);

  assert.match(command.stdout, new RegExp(`${url}/streams/card/live.mjpeg`));
  const client = RawClient.get(port, "/streams/card/live.mjpeg");
  await client.until((text) => text.split("Content-Length").length > 3, "three pictures");
  const [status] = (await (await fetch(`${url}/api/streams`)).json()) as StreamStatus[];
  const code = await command.stop();

  assert.equal(status?.name, "card");
  assert.equal(status.state, "live");
  assert.deepEqual([status.width, status.height], [320, 240]);
  assert.equal(code, 0);
  assert.doesNotMatch(command.stderr, /\bat .*:\d+:\d+/);
});

test("without a source, a camera and a screen it shows a test card and says why", async (t) => {
  const noScreen = { DISPLAY: "", WAYLAND_DISPLAY: "", XDG_SESSION_TYPE: "" };
  const { command, url } = await Command.serve(t, [], noScreen);

  assert.match(command.stdout, /No camera was found and no screen \(.+\), so a test card is shown/);
  assert.equal((await fetch(`${url}/streams/test/snapshot.jpg`)).status, 200);
});

test("what was asked wrongly gets one sentence with the cure and exit code 2", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--prot", "80"], /unknown option '--prot'[^]*--port/],
    [["--port", "banana"], /--port must be a port number from 0 to 65535, got "banana"/],
    [["nosuch:thing"], /no source is called "nosuch:" \(there are: .*test:/],
    [["test:?size=banana"], /test: size must be WIDTHxHEIGHT/],
    [["test:?sise=1x1"], /test: has no option "sise" \(it has: /],
    [["a=test:", "a=test:"], /already a stream "a"|already is a stream "a"/],
    [["--host", "0.0.0.0", "test:"], /there is no key: add --key SECRET, or --lan/],
    [["--lan", "--host", "127.0.0.1", "test:"], /leave one of them out/],
    [["/some/pictures"], /"\/some\/pictures" is not a source: .*folder:\/some\/pictures/],
    [["--key", "short", "test:"], /at least 8 characters/],
  ];

  const results = await Promise.all(cases.map(([args]) => Command.run(args)));

  results.forEach(({ code, stderr }, at) => {
    assert.match(stderr, cases[at]?.[1] ?? /^$/);
    assert.match(stderr, /^kinora: /);
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/, "no stack trace");
    assert.equal(code, 2, stderr);
  });
});

test("what cannot be done gets one sentence with the cure and exit code 1", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const [portTaken, noCamera, noFolder] = await Promise.all([
    Command.run(["--port", String(port), "test:"]),
    Command.run(["--port", "0", "camera:/dev/video42"]),
    Command.run(["--port", "0", "folder:/no/such/folder"]),
  ]);

  assert.match(
    portTaken.stderr,
    new RegExp(`port ${port}: another program has it; .* another port, such as ${port + 1}`),
  );
  assert.match(noCamera.stderr, /\/dev\/video42/);
  assert.match(noFolder.stderr, /\/no\/such\/folder/);
  for (const { code, stderr } of [portTaken, noCamera, noFolder]) {
    assert.match(stderr, /^kinora: [^\n]+\n$/);
    assert.equal(code, 1);
  }
});

test("--lan makes a key, prints addresses with it and a QR code, and shows nothing without it", async (t) => {
  const { command, url } = await Command.serve(t, ["--lan", "test:?size=320x240"]);
  await new Promise((resolve) => setTimeout(resolve, 100));

  const key = /\?key=([\w-]{16})/.exec(command.stdout)?.[1] ?? "";
  const [without, withKey] = await Promise.all([
    fetch(`${url}/streams/test/snapshot.jpg`),
    fetch(`${url}/streams/test/snapshot.jpg?key=${key}`),
  ]);

  assert.equal(without.status, 401);
  assert.equal(withKey.status, 200);
  assert.match(command.stdout, /Other devices +http:\/\/[\d.]+:\d+\/\?key=|no network/);
  if (command.stdout.includes("Other devices")) assert.match(command.stdout, /[▀▄█]{4}/);
  assert.ok(!command.stderr.includes(key), "the key is not in the log");
});

test("a camera's credentials appear in nothing that is printed or answered", async (t) => {
  const { command, url } = await Command.serve(t, [
    "cam=http://someone:s3cr3t%21@127.0.0.1:9/video?pwd=hunter2",
  ]);

  const snapshot = await fetch(`${url}/streams/cam/snapshot.jpg`);
  const api = await fetch(`${url}/api/streams`);
  const everything = [await snapshot.text(), await api.text(), command.stdout, command.stderr].join("\n");

  assert.equal(snapshot.status, 503);
  assert.match(everything, /127\.0\.0\.1:9/);
  assert.doesNotMatch(everything, /s3cr3t|hunter2|someone/);
});

test("devices lists no camera where there is none, and says what to do", async () => {
  const { stdout, code } = await Command.run(["devices"]);

  assert.match(stdout, /No camera was found|\/dev\/video/);
  assert.equal(code, 0);
});
