import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { parseAddress } from "../src/sources/address.ts";
import { picturesArguments, scaleOf } from "../src/sources/ffmpeg/ffmpeg-arguments.ts";
import { fileInput, paceFilters } from "../src/sources/ffmpeg/file-input.ts";
import { versionIn } from "../src/sources/ffmpeg/find-ffmpeg.ts";
import { installCommand } from "../src/sources/ffmpeg/install-command.ts";
import { networkInput } from "../src/sources/ffmpeg/network-input.ts";
import { filtersOf, readPictureOptions } from "../src/sources/ffmpeg/picture-options.ts";
import { rawCameraInput } from "../src/sources/ffmpeg/raw-camera.ts";

const VERSIONS = [4.4, 5, 5.1, 6, 6.1, 7, 7.1, 8, Infinity];

/** The option behind a name, or undefined where it is not given. */
function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at === -1 ? undefined : args[at + 1];
}

describe("the version of ffmpeg", () => {
  const answers: readonly (readonly [string, number])[] = [
    ["ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021 the FFmpeg developers", 4.4],
    ["ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers", 5.1],
    ["ffmpeg version n6.1.1 Copyright (c) 2000-2023 the FFmpeg developers", 6.1],
    ["ffmpeg version 7.1-full_build-www.gyan.dev Copyright (c) 2000-2024", 7.1],
    ["ffmpeg version 8.0 Copyright (c) 2000-2025 the FFmpeg developers", 8],
    ["ffmpeg version 2023-10-12-git-a6df0c5-full_build\nlibavutil  58.\nlibavcodec     60. 31.102 / 60.", 6],
    ["ffmpeg version N-109542-g1bf1358\nlibavcodec     59. 54.101 / 59. 54.101", 5],
    ["something else", Infinity],
  ];
  for (const [answer, version] of answers) {
    test(`is ${version} in "${answer.slice(0, 40)}…"`, () => {
      assert.equal(versionIn(answer), version);
    });
  }
});

test("every version writes multipart JPEGs to its output, without asking, waiting or a terminal", () => {
  for (const version of VERSIONS) {
    const args = picturesArguments(
      { input: ["-i", "x"], filters: ["hflip"], quality: 80, copy: false },
      version,
    );

    assert.deepEqual(args.slice(-5), ["-flush_packets", "1", "-f", "mpjpeg", "pipe:1"]);
    assert.ok(args.includes("-nostdin"));
    assert.equal(option(args, "-q:v"), "6");
    assert.match(option(args, "-vf") ?? "", /^hflip,/);
  }
});

test("pictures pass at their own times by the option that the version has", () => {
  const order = { input: ["-i", "x"], filters: [], quality: 80, copy: false };

  const modes = VERSIONS.map((version) => {
    const args = picturesArguments(order, version);
    return [option(args, "-vsync"), option(args, "-fps_mode")];
  });

  const old = ["passthrough", undefined];
  const now = [undefined, "passthrough"];
  assert.deepEqual(modes, [old, old, now, now, now, now, now, now, now]);
});

test("times are microseconds from the filter to the encoder, in the range of every version", () => {
  for (const version of VERSIONS) {
    const args = picturesArguments({ input: ["-i", "x"], filters: [], quality: 80, copy: false }, version);

    // 7 ends at larger ones; without the encoder's unit, 5.1 rounds most of them to one.
    assert.equal(option(args, "-vf"), "settb=1/1000000,setpts=time(0)*1000000");
    assert.equal(option(args, "-enc_time_base"), "1:1000000");
  }
});

test("no picture of more than 8192×8192 is decoded, from a file or from the network; 8K video is", () => {
  const file = fileInput({ path: "/a", speed: 1, startMs: 0, loop: false, hardware: false }, 5.1);
  const network = networkInput({ url: "tcp://h:1", scheme: "tcp", transport: "tcp", hardware: false }, 5.1);

  for (const args of [file, network]) {
    assert.equal(option(args, "-max_pixels"), "67108864");
    assert.ok(args.indexOf("-max_pixels") < args.indexOf("-i"));
  }
});

test("what is copied goes through no filter and no encoder", () => {
  const args = picturesArguments({ input: ["-i", "x"], filters: ["hflip"], quality: 80, copy: true }, 5.1);

  assert.equal(option(args, "-c:v"), "copy");
  assert.ok(!args.includes("-vf") && !args.includes("-q:v"));
});

test("quality is that of any JPEG, on ffmpeg's scale from 2, the best, to 31", () => {
  assert.deepEqual([100, 93, 80, 50, 30, 10, 1].map(scaleOf), [2, 2, 6, 14, 23, 31, 31]);
});

test("RTSP gives up after 8 s by the option that the version has, for -timeout made 4.4 listen", () => {
  const order = { url: "rtsp://h/x", scheme: "rtsp", transport: "tcp", hardware: false } as const;

  const timeouts = VERSIONS.map((version) => {
    const args = networkInput(order, version);
    return [option(args, "-stimeout"), option(args, "-timeout")];
  });

  assert.deepEqual(timeouts[0], ["8000000", undefined]);
  for (const each of timeouts.slice(1)) assert.deepEqual(each, [undefined, "8000000"]);
});

test("no input from the network may open a file, and what is not RTSP gets no option of RTSP", () => {
  for (const scheme of ["rtsp", "rtmp", "srt", "udp", "rtp", "tcp", "http", "https"]) {
    const url = `${scheme}://h/x`;
    const args = networkInput({ url, scheme, transport: "udp", hardware: true }, 5.1);

    const allowed = (option(args, "-protocol_whitelist") ?? "").split(",");
    assert.ok(allowed.includes(scheme) && !allowed.includes("file") && !allowed.includes("pipe"));
    assert.equal(option(args, "-rtsp_transport"), scheme === "rtsp" ? "udp" : undefined);
    assert.equal(option(args, "-hwaccel"), "auto");
    assert.deepEqual(args.slice(-2), ["-i", url]);
  }
});

test("playlists are read at their own pace, without the burst that 6.1 begins with", () => {
  const order = { url: "http://h/x.m3u8", scheme: "http", transport: "tcp", hardware: false } as const;

  const bursts = VERSIONS.map((version) => option(networkInput(order, version), "-readrate_initial_burst"));

  assert.ok(networkInput(order, 4.4).includes("-re"));
  assert.deepEqual(bursts.slice(0, 4), [undefined, undefined, undefined, undefined]);
  for (const burst of bursts.slice(4)) assert.equal(burst, "0.001");
});

test("a file is played at another speed by reading it so, or before 5.1 by a filter", () => {
  const order = { path: "/a.mp4", speed: 2, startMs: 10_000, loop: false, hardware: false };

  assert.equal(option(fileInput(order, 5.1), "-readrate"), "2");
  assert.equal(option(fileInput(order, 4.4), "-readrate"), undefined);
  assert.ok(!fileInput(order, 4.4).includes("-re"));
  assert.deepEqual(paceFilters(2, 4.4), ["realtime=speed=2"]);
  assert.deepEqual(paceFilters(2, 5.1), []);
  assert.deepEqual(paceFilters(1, 4.4), []);
  assert.equal(option(fileInput(order, 8), "-ss"), "10000ms");
});

test("a path is a file, whatever it looks like, and may not open anything else", () => {
  const order = { path: "/-i http:x", speed: 1, startMs: 0, loop: true, hardware: false };

  const args = fileInput(order, 5.1);

  assert.deepEqual(args.slice(-2), ["-i", "file:/-i http:x"]);
  assert.doesNotMatch(option(args, "-protocol_whitelist") ?? "", /http|tcp|udp/);
  assert.equal(option(args, "-stream_loop"), "-1");
});

test("options become filters in the order rate, own filter, size, and forbid copying", () => {
  const { options } = parseAddress("ffmpeg:rtsp://h/x#size=640x360&fps=5&filter=hflip", () => "text");

  const read = readPictureOptions(options);

  const [rate, own, size] = filtersOf(read, 2);
  assert.match(rate ?? "", /^select=.*t\*2\.5\+/);
  assert.equal(own, "hflip");
  assert.equal(size, "scale=640:360:force_original_aspect_ratio=decrease");
  assert.equal(read.mayCopy, false);
  assert.equal(readPictureOptions(parseAddress("ffmpeg:x#hw=auto", () => "text").options).mayCopy, true);
});

test("a camera of Linux without JPEG is asked for its format, size and rate", () => {
  const args = rawCameraInput({
    path: "/dev/video2",
    pixelFormat: "yuyv422",
    size: { width: 640, height: 480 },
    interval: { numerator: 1001, denominator: 30_000 },
    explain: () => undefined,
  });

  assert.match(args.join(" "), /^-f v4l2 -input_format yuyv422 -video_size 640x480 -framerate 30000\/1001 /);
  assert.deepEqual(args.slice(-2), ["-i", "/dev/video2"]);
});

describe("the command that installs ffmpeg", () => {
  const systems: readonly (readonly [string, string])[] = [
    ['ID=debian\nNAME="Debian GNU/Linux"', "sudo apt install ffmpeg"],
    ["ID=raspbian\nID_LIKE=debian", "sudo apt install ffmpeg"],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', "sudo dnf install ffmpeg-free"],
    ["ID=arch", "sudo pacman -S ffmpeg"],
    ["ID=alpine", "sudo apk add ffmpeg"],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', "sudo zypper install ffmpeg"],
  ];
  for (const [release, command] of systems) {
    test(`is ${command} where os-release says ${release.split("\n")[0]}`, () => {
      assert.equal(installCommand("linux", release), `install it with \`${command}\``);
    });
  }

  test("is brew on macOS and winget on Windows, and of an unknown system a hint", () => {
    assert.match(installCommand("darwin", ""), /`brew install ffmpeg`/);
    assert.match(installCommand("win32", ""), /`winget install ffmpeg`/);
    assert.match(installCommand("linux", ""), /package manager/);
  });
});
