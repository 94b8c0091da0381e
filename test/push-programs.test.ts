import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { sameBytes, temporaryFolder } from "./support/pictures.ts";
import { needs, pathOf } from "./support/programs.ts";
import { pushServer } from "./support/publisher.ts";
import { RawClient } from "./support/raw-client.ts";
import { stateOf, statusOf } from "./support/status.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { Watcher } from "./support/watcher.ts";

/** A program that a test runs, with all that it says. */
class Program {
  readonly child: ChildProcess;
  output = "";
  readonly #closed: Promise<unknown>;

  constructor(t: test.TestContext, command: string, args: readonly string[]) {
    this.child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    const keep = (text: string) => (this.output += text);
    this.child.stdout?.setEncoding("utf8").on("data", keep);
    this.child.stderr?.setEncoding("utf8").on("data", keep);
    this.child.stdin?.on("error", () => undefined); // it has ended: its output says why
    this.#closed = once(this.child, "close");
    t.after(() => this.child.kill("SIGKILL"));
  }

  /** Everything it said, once it has ended. */
  async end(): Promise<string> {
    await this.#closed;
    return this.output;
  }
}

function curl(t: test.TestContext, ...args: readonly string[]): Program {
  return new Program(t, pathOf("curl"), ["-sS", "-m", "20", "-w", "%{http_code}", ...args]);
}

function watch(t: test.TestContext, port: number): Watcher {
  const watcher = new Watcher(port, "door");
  t.after(() => watcher.close());
  return watcher;
}

test("curl publishes a picture by -T, by --data-binary and as a form", needs("curl"), async (t) => {
  const { url, port } = await pushServer(t);
  const folder = await temporaryFolder(t);
  const [red, green] = [join(folder, "red.jpg"), join(folder, "green.jpg")];
  await Promise.all([writeFile(red, RED), writeFile(green, GREEN)]);
  const watcher = watch(t, port);
  const address = `${url}/streams/door/snapshot.jpg`;

  for (const [args, picture] of [
    [["-T", red, address], RED],
    [["--data-binary", `@${green}`, address], GREEN],
    [["-F", `picture=@${red}`, address], RED],
  ] as const) {
    const from = watcher.parts.length;
    assert.equal(await curl(t, ...args).end(), "204");
    await watcher.next(({ jpeg }) => sameBytes(jpeg, picture), args[0], { from });
  }
});

test("curl publishes what is piped into it, as it comes", needs("curl"), async (t) => {
  const { url, port } = await pushServer(t);
  const watcher = watch(t, port);
  const publisher = curl(t, "-X", "POST", "-T", "-", `${url}/streams/door/live.mjpeg`);

  for (const picture of [RED, GREEN, RED]) {
    publisher.child.stdin?.write(picture);
    await watcher.next(({ jpeg }) => sameBytes(jpeg, picture), "the picture");
  }

  publisher.child.stdin?.end();
  assert.equal(await publisher.end(), '{"pictures":3}200');
});

test("curl shows the reason of a refusal though it was still sending 40 MB", needs("curl"), async (t) => {
  const { url } = await pushServer(t, { publishKey: "the publish key" });
  const file = join(await temporaryFolder(t), "large");
  await writeFile(file, Buffer.alloc(40_000_000, "no picture "));
  const key = "key=the%20publish%20key";

  for (const [answer, ...args] of [
    [/^publishing here needs the publish key[^]*401$/, "-T", file, `${url}/streams/door/live.mjpeg`],
    [
      /^publishing here needs[^]*401$/,
      "-H",
      "Expect:",
      "--data-binary",
      `@${file}`,
      `${url}/streams/x/live.mjpeg`,
    ],
    [/hold no JPEG[^]*415$/, "-H", "Expect:", "-T", file, `${url}/streams/door/live.mjpeg?${key}`],
    [/^the stream "main" takes its pictures[^]*409$/, "-T", file, `${url}/streams/main/live.mjpeg?${key}`],
    [/^a picture has more than 16 MiB[^]*413$/, "-T", file, `${url}/streams/door/snapshot.jpg?${key}`],
  ] as const) {
    assert.match(await curl(t, ...args).end(), answer);
  }
});

test(
  "ffmpeg publishes by its HTTP output, and its pictures are seen while they come",
  needs("ffmpeg"),
  async (t) => {
    const { url, port } = await pushServer(t);
    const watcher = watch(t, port);
    const input = ["-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=20"];
    const output = ["-f", "mpjpeg", "-method", "POST", `${url}/streams/door/live.mjpeg`];
    const ffmpeg = new Program(t, pathOf("ffmpeg"), [
      "-v",
      "error",
      "-nostdin",
      ...input,
      "-q:v",
      "5",
      ...output,
    ]);

    await stateOf(url, "door", "live");
    const from = watcher.parts.length;
    await until(() => watcher.parts.length >= from + 10, "ten pictures");
    const { width, fps } = await statusOf(url, "door");
    ffmpeg.child.kill("SIGKILL");
    await stateOf(url, "door", "down");

    assert.equal(width, 320);
    assert.ok(fps > 5 && fps < 40, `${fps} fps`);
    assert.equal(watcher.trouble, undefined, ffmpeg.output);
  },
);

/** How small cameras write: one piece a write, each in its own packet. */
const WAYS: readonly (readonly [string, string, (jpeg: Uint8Array) => readonly (string | Uint8Array)[]])[] = [
  [
    "chunked, with a length a part",
    "Transfer-Encoding: chunked",
    (jpeg) =>
      chunked(
        `\r\n--123456789000000000000987654321\r\n`,
        `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`,
        jpeg,
      ),
  ],
  [
    "a very large length, line feeds alone",
    "Content-Length: 999999999999",
    (jpeg) => [`--frame\n`, `Content-Type: image/jpeg\nContent-Length: ${jpeg.length}\n\n`, jpeg, "\n"],
  ],
  [
    "a very large length, no length a part",
    "Content-Length: 999999999999",
    (jpeg) => [
      "--frame\r\nContent-Type: image/jpeg\r\n\r\n",
      jpeg.subarray(0, 100),
      jpeg.subarray(100),
      "\r\n",
    ],
  ],
  ["a very large length, bare pictures", "Content-Length: 999999999999", (jpeg) => [jpeg]],
];

for (const [what, lengthHeader, pieces] of WAYS) {
  test(`a small camera publishes over a bare socket: ${what}`, async (t) => {
    const { port } = await pushServer(t);
    const watcher = watch(t, port);
    const camera = new RawClient(port);
    t.after(() => camera.close());
    camera.socket.setNoDelay(true);
    const head = ["POST /streams/door/live.mjpeg HTTP/1.1", "Host: 127.0.0.1", "User-Agent: ESP32"];
    camera.send([...head, lengthHeader, "", ""].join("\r\n"));

    for (const picture of [RED, GREEN, RED, GREEN]) {
      const from = watcher.parts.length;
      for (const piece of pieces(picture)) camera.send(piece);
      // A part without length ends with the next delimiter, and so does a picture with its own end.
      await watcher.next(({ jpeg }) => sameBytes(jpeg, picture), "the picture", { from });
    }

    assert.equal(camera.text, "");
  });
}

test("a stream of Kinora is published to Kinora as it is", async (t) => {
  const { url, port } = await pushServer(t);
  const watcher = watch(t, port);
  const live = await fetch(`${url}/streams/main/live.mjpeg`);
  assert.ok(live.body);
  const gone = new AbortController();
  const type = live.headers.get("content-type") ?? "";
  const init = {
    method: "POST",
    body: live.body,
    headers: { "Content-Type": type },
    duplex: "half",
  } as const;
  const published = fetch(`${url}/streams/door/live.mjpeg`, { ...init, signal: gone.signal });
  published.catch(() => undefined);

  await stateOf(url, "door", "live");
  const picture = await watcher.next(() => true, "a picture");
  gone.abort();

  assert.equal((await statusOf(url, "door")).width, 64);
  assert.ok(picture.jpeg.length > 500);
});

function chunked(...pieces: readonly (string | Uint8Array)[]): readonly (string | Uint8Array)[] {
  return pieces.flatMap((piece) => [`${Buffer.byteLength(piece).toString(16)}\r\n`, piece, "\r\n"]);
}
