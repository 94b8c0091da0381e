import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import test, { after, before, describe, type TestContext } from "node:test";
import { ImageServer } from "../src/app/image-server.ts";
import { makeSource } from "../src/app/sources.ts";
import { nameSources } from "../src/cli/stream-names.ts";
import { SourceError, type MjpegError } from "../src/core/errors.ts";
import type { CapturedImage } from "../src/core/frame.ts";
import { readStreamAddress } from "../src/sources/ffmpeg/stream-address.ts";
import { supervise } from "../src/sources/supervisor.ts";
import { freePort } from "./support/free-port.ts";
import { Player, widthOf } from "./support/player.ts";
import { needs, pathOf } from "./support/programs.ts";
import { startRtspServer, USER } from "./support/rtsp-server.ts";
import { until } from "./support/until.ts";
import { brightness, ffmpeg, video } from "./support/videos.ts";

const WITH_FFMPEG = needs("ffmpeg");
const WITH_RTSP = needs("ffmpeg", "rtsp");

let folder = "";
let long = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kinora-network-"));
  if (WITH_FFMPEG.skip === false) long = await video(folder, "long.mp4", { seconds: 8, output: LIVE });
});
after(() => rm(folder, { recursive: true, force: true }));

/** As cameras encode: a key frame a second, none that waits for a later one. */
const LIVE = [
  "-c:v",
  "libx264",
  "-preset",
  "ultrafast",
  "-tune",
  "zerolatency",
  "-g",
  "25",
  "-pix_fmt",
  "yuv420p",
];

const sourceOf = (address: string) => makeSource(address, "x", () => 0).source;
const play = (t: TestContext, address: string): Player => new Player(t, sourceOf(address));

/** What comes instead of a picture. */
async function problem(t: TestContext, address: string): Promise<SourceError> {
  const error: unknown = await play(t, address)
    .next()
    .catch((reason: unknown) => reason);
  assert.ok(error instanceof SourceError, `no error but ${JSON.stringify(error)}`);
  return error;
}

describe("an RTSP camera", WITH_RTSP, () => {
  test("shows its H.264 over TCP within 2 s", async (t) => {
    const { open } = await startRtspServer(t, long);
    const started = performance.now();
    const player = play(t, `rtsp://${open}/h264`);

    const image = await player.next();
    const tookMs = performance.now() - started;

    assert.equal(widthOf(image), 320);
    assert.ok(tookMs < 2_000, `${tookMs} ms`);
    for (let more = 0; more < 10; more++) assert.ok((await player.next()) !== undefined);
  });

  test("passes Motion JPEG on as it is, and makes new pictures where others are asked for", async (t) => {
    const { open } = await startRtspServer(t, long);

    const copied = (await play(t, `rtsp://${open}/mjpeg`).next())?.jpeg;
    const smaller = await play(t, `rtsp://${open}/mjpeg#size=160x120&quality=30`).next();

    // ffmpeg's own encoder leaves its name in each picture.
    assert.ok(copied !== undefined && !Buffer.from(copied).includes("Lavc"));
    assert.ok(Buffer.from(smaller?.jpeg ?? []).includes("Lavc"));
    assert.equal(widthOf(smaller), 160);
  });

  test("gets its user and password, which are shown nowhere", async (t) => {
    const { locked } = await startRtspServer(t, long);
    const log: string[] = [];
    const server = new ImageServer({
      source: `rtsp://${USER.inUrl}@${locked}/mjpeg`,
      log: (line) => log.push(line),
    });
    server.addStream("wrong", `rtsp://mallory:hush%21hush@${locked}/mjpeg`);
    await server.start(0);
    t.after(() => server.stop());

    const good = await fetch(`${server.url}streams/main/snapshot.jpg`);
    const bad = await fetch(`${server.url}streams/wrong/snapshot.jpg`);

    const shown = [JSON.stringify(server.streams), ...log, await bad.text()].join("\n");
    assert.deepEqual([good.status, server.streams[1]?.code], [200, "ERR_SOURCE_REFUSED"]);
    assert.match(shown, /\(401\)/);
    assert.doesNotMatch(shown, /p@ss|p%40ss|us er|us%20er|hush|mallory/);
  });

  test("that sends over UDP only is asked for that, and told", async (t) => {
    const { open } = await startRtspServer(t, long);
    const source = sourceOf(`rtsp://${open}/udp`);

    await assert.rejects(new Player(t, source).next(), /does not send over tcp \(461\); UDP is tried next/);

    assert.equal(widthOf(await new Player(t, source).next()), 320);
    assert.match((await problem(t, `rtsp://${open}/udp#transport=tcp`)).message, /leave out #transport/);
  });

  test("that is not there, or has nothing at that path, is told in a sentence with the cure", async (t) => {
    const { open } = await startRtspServer(t, long);

    const nowhere = await problem(t, `rtsp://127.0.0.1:${await freePort()}/x`);
    const unknown = await problem(t, "rtsp://camera.invalid/x");
    const wrong = await problem(t, `rtsp://${open}/nothing`);

    assert.match(nowhere.message, /nobody listens on this port/);
    assert.match(
      unknown.message,
      /^rtsp camera.invalid\/x cannot be reached: nobody knows a host of this name/,
    );
    assert.match(wrong.message, /is not there \(404\)/);
    assert.deepEqual([nowhere.code, wrong.code], ["ERR_SOURCE_UNREACHABLE", "ERR_SOURCE_FAILED"]);
    assert.ok(nowhere.retryable && unknown.retryable && wrong.retryable);
  });

  test("that goes away and comes back is shown again by itself", async (t) => {
    const port = String(await freePort());
    const first = await startRtspServer(t, long, port);
    const stop = new AbortController();
    const reasons: string[] = [];
    let pictures = 0;
    const events = {
      picture: () => (pictures += 1),
      down: (error: MjpegError) => reasons.push(error.message),
      note: () => undefined,
      dropped: () => undefined,
      waiting: () => undefined,
    };
    const ended = supervise(sourceOf(`rtsp://127.0.0.1:${port}/mjpeg`), stop.signal, events, {
      firstMs: 50,
      longestMs: 200,
    });
    t.after(async () => {
      stop.abort();
      await ended;
    });
    await until(() => pictures > 3, "pictures");

    await first.stop();
    await until(() => reasons.length > 0, "a reason");
    await startRtspServer(t, long, port);
    const seen = pictures;

    await until(() => pictures > seen + 3, `pictures again; ${reasons.join("; ")}`);
    assert.match(reasons[0] ?? "", /has ended|broke off|cannot be reached/);
  });
});

describe("a stream", { ...WITH_FFMPEG, concurrency: 2 }, () => {
  /** Sends the long video, at its own speed, until the test ends. */
  function send(t: TestContext, url: string, format: string): void {
    const args = ["-nostdin", "-loglevel", "quiet", "-re", "-stream_loop", "-1", "-i", long];
    const sender = spawn(pathOf("ffmpeg"), [...args, "-c", "copy", "-f", format, url], { stdio: "ignore" });
    t.after(() => sender.kill("SIGKILL"));
  }

  test("over UDP is shown, whoever was first", async (t) => {
    const port = await freePort();
    const player = play(t, `udp://127.0.0.1:${port}`);
    const image = player.next();

    send(t, `udp://127.0.0.1:${port}?pkt_size=1316`, "mpegts");

    assert.equal(widthOf(await image), 320);
    assert.equal(widthOf(await player.next()), 320);
  });

  test("over TCP, SRT and RTMP is shown, where the sender waits for us", async (t) => {
    const [tcp, srt, rtmp] = [await freePort(), await freePort(), await freePort()];
    send(t, `tcp://127.0.0.1:${tcp}?listen=1`, "mpegts");
    send(t, `srt://127.0.0.1:${srt}?mode=listener`, "mpegts");
    const listening = ["-listen", "1", `rtmp://127.0.0.1:${rtmp}/live/x`];
    const args = [
      "-nostdin",
      "-loglevel",
      "quiet",
      "-re",
      "-i",
      long,
      "-c",
      "copy",
      "-f",
      "flv",
      ...listening,
    ];
    const sender = spawn(pathOf("ffmpeg"), args, { stdio: "ignore" });
    t.after(() => sender.kill("SIGKILL"));

    // They take one connection only: trying whether they listen would use it up.
    const first = async (address: string): Promise<CapturedImage | undefined> => {
      for (;;) {
        const image = await play(t, address)
          .next()
          .catch((error: unknown) => error);
        if (!(image instanceof SourceError)) return image as CapturedImage | undefined;
        assert.equal(image.code, "ERR_SOURCE_UNREACHABLE", image.message);
      }
    };

    assert.equal(widthOf(await first(`tcp://127.0.0.1:${tcp}`)), 320);
    assert.equal(widthOf(await first(`srt://127.0.0.1:${srt}`)), 320);
    assert.equal(widthOf(await first(`rtmp://127.0.0.1:${rtmp}/live/x`)), 320);
  });

  test("as HLS is played at its own speed, then ends", async (t) => {
    const video = join(folder, "short.m3u8");
    const cut = ["-t", "2", "-c", "copy", "-hls_time", "1", "-hls_list_size", "0"];
    await ffmpeg(["-i", long, ...cut, video]);
    const port = await serve(t);
    const player = play(t, `http://127.0.0.1:${port}/short.m3u8?key=hidden`);
    const times: number[] = [];

    for (let image = await player.next(); image !== undefined; image = await player.next()) {
      times.push(image.capturedAt);
    }

    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
    assert.ok(
      times.length > 20 && seconds > 1.6 && seconds < 3.5,
      `${times.length} pictures in ${seconds} s`,
    );
    assert.deepEqual(player.notes, [`http 127.0.0.1:${port}/short.m3u8?key=… was played to its end`]);
  });

  test("whose playlist names a file of this machine does not show it", async (t) => {
    const evil = join(folder, "evil.m3u8");
    await ffmpeg(["-i", long, "-t", "1", "-c", "copy", join(folder, "private.ts")]);
    const target = `file://${join(folder, "private.ts")}`;
    await writeFile(evil, `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`);
    const port = await serve(t);

    const error = await problem(t, `http://127.0.0.1:${port}/evil.m3u8`);

    assert.match(error.code, /^ERR_(SOURCE|VIDEO)_/);
  });

  /** Serves the folder over HTTP. */
  async function serve(t: TestContext): Promise<number> {
    const server = createServer((request, response) => {
      const name = basename(new URL(request.url ?? "/", "http://x").pathname);
      void readFile(join(folder, name)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  test("from somebody who takes the connection and says nothing is ended within 10 s", async (t) => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const started = performance.now();

    const errors = await Promise.all(
      ["rtsp", "tcp", "rtmp"].map((scheme) => failure(`${scheme}://127.0.0.1:${port}/x`)),
    );

    assert.ok(performance.now() - started < 13_000);
    for (const error of errors) assert.ok(error.retryable, error.message);
  });

  /** The error of a source, however long it takes. */
  async function failure(address: string): Promise<SourceError> {
    const report = { note: () => undefined, dropped: () => undefined, waiting: () => undefined };
    const pictures = sourceOf(address).capture(new AbortController().signal, report);
    const error: unknown = await pictures[Symbol.asyncIterator]()
      .next()
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof SourceError, JSON.stringify(error));
    return error;
  }

  test("whose picture is so large that it would take gigabytes is told so", async (t) => {
    const bomb = join(folder, "bomb.png");
    const size = ["-f", "lavfi", "-i", "color=s=8200x8200", "-frames:v", "1", "-pix_fmt", "gray"];
    await ffmpeg([...size, bomb]);
    const bytes = await readFile(bomb);
    const server = net.createServer((socket) => socket.on("error", () => undefined).end(bytes));
    t.after(() => server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;

    const { code, message } = await problem(t, `tcp://127.0.0.1:${port}`);

    assert.equal(code, "ERR_VIDEO_INVALID", message);
    assert.match(message, /^tcp 127\.0\.0\.1:\d+ has pictures of more than 67 megapixels/);
  });

  test("goes through ffmpeg's own filters, of any URL that ffmpeg opens", async (t) => {
    const dark = await play(t, `ffmpeg:file://${long}`).next();
    const bright = await play(t, `ffmpeg:file://${long}#filter=negate&size=160x120`).next();

    assert.ok((await brightness(dark?.jpeg ?? Buffer.alloc(0))) < 0.2);
    assert.ok((await brightness(bright?.jpeg ?? Buffer.alloc(0))) > 0.8);
    assert.equal(widthOf(bright), 160);
    const error = await problem(t, `ffmpeg:file://${long}#filter=nonsense`);
    assert.match(error.message, /cannot be filtered like this: No such filter: 'nonsense'/);
    assert.deepEqual([error.code, error.retryable], ["ERR_OPTION_INVALID", false]);
  });
});

test("an address that is no URL, or could be taken for an option, is refused without repeating it", () => {
  for (const address of ["ffmpeg:-i secret", "ffmpeg:secret", "rtsp://user:se#cret@host", "ffmpeg:"]) {
    assert.throws(
      () => sourceOf(address),
      (error: MjpegError) => !error.message.includes("secret"),
    );
  }
  for (const unfit of ["\r\nX-Secret: 1", " secret", "\u0000secret", "\u2028secret", "%0d%0aX-Secret: 1"]) {
    assert.throws(
      () => sourceOf(`rtsp://h/x${unfit}`),
      (error: MjpegError) =>
        error.message.includes("white space or a control") && !error.message.toLowerCase().includes("secret"),
    );
  }
  assert.throws(() => sourceOf("rtsp://h/x#transport=ip"), /transport must be tcp or udp/);
  assert.throws(() => sourceOf("rtsp://h/x#nothing=1"), /has no option "nothing"/);
});

test("the escapes of a URL behind ffmpeg: stay as they are, and its options stand behind #", () => {
  const source = sourceOf("ffmpeg:rtsp://user:se%23cret@cam%3Fera.lan/a?b=c#quality=5");

  assert.equal(source.label, "rtsp cam%3Fera.lan/a?b=…");
});

test("the key of an RTMP stream, the last part of its path, is shown nowhere", () => {
  const labels = [
    "rtmp://h/live/STREAM-KEY-7",
    "rtmps://h:1/a/b/STREAM%2DKEY-7/?x=STREAM",
    "rtmp://h/STREAM-KEY-7",
    "rtmp://h",
    "rtsp://h/live/x",
  ].map((address) => sourceOf(address).label);
  const { hide } = readStreamAddress("rtmp://h/live/STREAM%2DKEY-7");

  assert.deepEqual(labels, ["rtmp h/live/…", "rtmps h:1/a/b/…?x=…", "rtmp h", "rtmp h", "rtsp h/live/x"]);
  assert.equal(hide("Stream STREAM-KEY-7 is not found"), "Stream … is not found");
  assert.equal(hide("cannot open rtmp://h/live/STREAM%2DKEY-7"), "cannot open rtmp://h/live/…");
});

test("nor is it in the log or the API when it cannot be reached", WITH_FFMPEG, async (t) => {
  const log: string[] = [];
  const source = `rtmp://127.0.0.1:${await freePort()}/live/STREAM%2DKEY-7`;
  const server = new ImageServer({ source, log: (line) => log.push(line) });
  await server.start(0);
  t.after(() => server.stop());

  const answer = await fetch(`${server.url}streams/main/snapshot.jpg`);

  const shown = [JSON.stringify(server.streams), ...log, await answer.text()].join("\n");
  assert.match(shown, /rtmp 127\.0\.0\.1:\d+\/live\/… cannot be reached/);
  assert.doesNotMatch(shown, /STREAM/);
});

test("a stream is named by its host, never by what stands before it", () => {
  const addresses = ["rtsp://user:secret@cam1/x", "ffmpeg:rtsp://user:secret@cam2", "udp://:5000"];

  assert.deepEqual(
    nameSources(addresses).map(({ name }) => name),
    ["cam1", "cam2", "udp"],
  );
});
