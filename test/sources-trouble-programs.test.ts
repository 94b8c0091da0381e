// Every source behind which a program runs, with every kind of trouble that a program can make: viewers stay, are told, and see
// the picture again. Stand-ins play the programs; the command of Kinora is real, and what it costs is measured from outside.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "./support/command.ts";
import { fakeCamera, noFakeCamera } from "./support/fakecam.ts";
import { picture } from "./support/pictures.ts";
import { mpjpeg } from "./support/program-output.ts";
import { needs } from "./support/programs.ts";
import type { StreamStatus } from "../src/wire/api-types.ts";
import { Watcher, type WatchedPart } from "./support/watcher.ts";
import { startXServer } from "./support/x-server.ts";

/** What a program does, as a shell script in which `$1` is the kind of source; and whether viewers are told a reason. */
interface Trouble {
  readonly script: string;
  readonly reason?: RegExp;
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  "writes-nothing": {
    script: 'echo "[error] still warming up" >&2; until [ -e "$mended" ]; do sleep 0.2; done; exec "$0" "$@"',
    reason: /(?:no picture|a picture yet) for \d+ s.*still warming up/,
  },
  "dies-at-once": {
    script: 'echo "[error] out of paper" >&2; exit 3',
    reason: /ended with code 3.*out of paper/,
  },
  "dies-later": {
    script:
      '[ -e "$mended.died" ] || for each in 1 2 3; do cat "$dir/large"; sleep 0.1; done; : >"$mended.died"; echo "[error] lost it" >&2; exit 4',
    reason: /ended with code 4.*lost it/,
  },
  truncated: {
    script: 'head -c 900 "$dir/large"; echo "[error] cut off here" >&2; exit 5',
    reason: /ended with code 5.*cut off here/,
  },
  "wrong-format": {
    script: 'while :; do cat "$dir/png" || exit; done',
    reason: /something else than pictures|holds no pictures/,
  },
  garbage: {
    script: 'exec cat "$dir/noise" /dev/zero',
    reason: /something else than pictures|holds no pictures/,
  },
  "floods-stderr": {
    script:
      'yes "[warning] words and words" >&2 & until [ -e "$mended" ]; do cat "$dir/small"; sleep 0.05; done; kill $!; exec "$0" "$@"',
  },
  "too-fast": {
    script: 'until [ -e "$mended" ]; do cat "$dir/many" "$dir/many" "$dir/many"; done; exec "$0" "$@"',
  },
  "changes-size": {
    script:
      'until [ -e "$mended" ]; do for each in small large; do cat "$dir/$each"; sleep 0.1; done; done; exec "$0" "$@"',
  },
};

/** A kind of source: its address for a trouble, and what the arguments of its program have in them then. */
interface Kind {
  readonly skip: string | false;
  readonly address: (trouble: string, index: number) => string;
  readonly pattern: (trouble: string, index: number) => string;
  /** Troubles that it does not know, with the reason why. */
  readonly without?: Readonly<Record<string, string>>;
}

let folder = "";
let display = "";

const KINDS: Readonly<Record<string, Kind>> = {
  exec: {
    skip: false,
    address: (trouble) => {
      const options = trouble === "writes-nothing" ? "#timeout=1s" : "";
      return `exec:${folder}/behave ${trouble} exec${options}`;
    },
    pattern: () => "exec never runs it",
  },
  pi: {
    skip: false,
    address: (_, index) => `pi:?camera=${index}`,
    pattern: (_, index) => `--camera ${index} `,
  },
  rtsp: {
    skip: false,
    address: (trouble) => `rtsp://127.0.0.1:1/${trouble}`,
    pattern: (trouble) => `-i rtsp://127.0.0.1:1/${trouble} `,
  },
  file: {
    skip: false,
    address: (trouble) => `file:${folder}/${trouble}.mp4`,
    pattern: (trouble) => `/${trouble}.mp4 `,
    without: {
      "writes-nothing": "it is given up after 30 s only; test/ffmpeg-trouble.test.ts shortens them",
    },
  },
  screen: {
    ...needs("xvfb"),
    address: (_, index) => `screen:?display=${display}&region=${100 + index}x50+0+0`,
    pattern: (_, index) => `-video_size ${100 + index}x50 `,
  },
  camera: {
    skip: noFakeCamera,
    address: (_, index) => `camera:/dev/video${index}`,
    pattern: (_, index) => `-i /dev/video${index} `,
    without: { "changes-size": "its driver gives one size until it is asked for another" },
  },
};

const SMALL = { width: 80, height: 60 };
const LARGE = { width: 640, height: 480 };
const GOOD = { width: 64, height: 48 };
/** Where a source shows this many pictures in a second, it is not held back. */
const MOST_A_SECOND = 140;
/** Far longer than it takes, for machines with other things to do. */
const PATIENCE = { timeoutMs: 90_000 };
/** What the command may hold in memory at its worst, with every trouble of every source at once. */
const MOST_BYTES = 700e6;

const cells = Object.entries(KINDS).flatMap(([kind, { without = {}, skip, ...rest }]) =>
  Object.entries(TROUBLES).flatMap(([trouble, { script, reason }], index) => {
    if (without[trouble] !== undefined) return [];
    const address = () => rest.address(trouble, index);
    const pattern = () => rest.pattern(trouble, index);
    return [{ name: `${trouble}-${kind}`, kind, trouble, script, reason, skip, address, pattern }];
  }),
);
const used = cells.filter(({ skip }) => skip === false);

/** Writes the stand-ins: one script that behaves as it is told, and two programs that call it by their arguments. */
async function writeStandIns(): Promise<void> {
  const cases = Object.entries(TROUBLES).map(([name, { script }]) => `${name}) ${script} ;;`);
  const lines = [
    "#!/bin/sh",
    `dir='${folder}'; trouble=$1; kind=$2; mended=$dir/$trouble-$kind.mended`,
    'if [ -e "$mended" ]; then while :; do cat "$dir/good" || exit; sleep 0.05; done; fi',
    `case $trouble in\n${cases.join("\n")}\nesac`,
  ];
  const calls = used.map(
    ({ pattern, trouble, kind }) => `*"${pattern()}"*) exec ${folder}/behave ${trouble} ${kind} ;;`,
  );
  const choose = `#!/bin/sh\ncase "$* " in\n*-version*) echo "ffmpeg version 5.1.2" ;;\n${calls.join("\n")}\nesac\n`;
  const executable = { mode: 0o755 };
  await writeFile(join(folder, "behave"), lines.join("\n"), executable);
  for (const name of ["ffmpeg", "rpicam-vid"]) await writeFile(join(folder, name), choose, executable);
}

const pictures = new Map<string, Buffer>();

async function writePictures(): Promise<void> {
  for (const [name, { width, height }] of Object.entries({ small: SMALL, large: LARGE, good: GOOD })) {
    const jpeg = await picture("jpeg", width, height, [width % 256, 90, 90]);
    pictures.set(name, jpeg);
    await writeFile(join(folder, name), mpjpeg([jpeg]));
  }
  const small = pictures.get("small") ?? Buffer.alloc(0);
  await writeFile(join(folder, "many"), mpjpeg(Array<Buffer>(500).fill(small)));
  const png = await picture("png", 64, 48, [1, 2, 3]);
  await writeFile(join(folder, "png"), Buffer.alloc(8e6, png));
  await writeFile(join(folder, "noise"), randomBytes(2e6));
  for (const { kind, trouble } of used) {
    if (kind === "file") await writeFile(join(folder, `${trouble}.mp4`), "not looked into");
  }
}

/** Which of the pictures a part is; undefined for a placeholder. */
function nameOf({ jpeg }: WatchedPart): string | undefined {
  return [...pictures].find(([, bytes]) => bytes.equals(jpeg))?.[0];
}

describe(
  "a program in trouble",
  { concurrency: 16, skip: process.platform !== "linux" && "it needs /proc" },
  () => {
    const later: (() => unknown)[] = [];
    let command: Command;
    let port = 0;
    let url = "";
    const ended = { after: (close: () => unknown) => void later.push(close) } as Pick<TestContext, "after">;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "kinora-trouble-"));
      later.push(() => rm(folder, { recursive: true, force: true }));
      if (KINDS["screen"]?.skip === false) ({ display } = await startXServer(ended, LARGE));
      const devices = used.flatMap(({ kind, address }) =>
        kind === "camera" ? [address().replace("camera:", "")] : [],
      );
      const camera =
        noFakeCamera === false ? await fakeCamera({ formats: "YUYV", size: "640x480", devices }) : undefined;
      if (camera !== undefined) later.push(() => camera.close());
      await writeStandIns();
      await writePictures();
      const sources = used.map(({ name, address }) => `${name}=${address()}`);
      command = new Command(["--port", "0", ...sources], {
        ...camera?.env,
        PATH: `${folder}:${process.env["PATH"] ?? ""}`,
        KINORA_FFMPEG: join(folder, "ffmpeg"),
      });
      port = await command.port(PATIENCE.timeoutMs);
      url = `http://127.0.0.1:${port}`;
    });

    after(async () => {
      const most = peakBytes(command.child.pid);
      const seconds = cpuSeconds(command.child.pid);
      await command.stop();
      const left = programsIn(folder);
      for (const close of later.reverse()) await close();
      assert.deepEqual(left, [], "what runs after the end");
      assert.ok(most < MOST_BYTES, `${most} bytes at the worst`);
      assert.ok(seconds < used.length, `${seconds} s of CPU time for ${used.length} troubles`);
    });

    for (const { name, kind, trouble, reason, skip } of cells) {
      const title = trouble.replaceAll("-", " ");
      test(
        `${kind}: ${title}: viewers stay${reason ? ", are told, and see its picture again" : ""}`,
        { skip },
        async (t) => {
          const watcher = new Watcher(port, name);
          t.after(() => watcher.close());

          if (reason === undefined) await seePictures(name, watcher, trouble);
          else await seeReason(name, watcher, reason);
          await writeFile(join(folder, `${name}.mended`), "");
          if (reason !== undefined)
            await watcher.next((part) => nameOf(part) === "good", "its picture", PATIENCE);

          assert.equal(watcher.trouble, undefined);
          assert.equal((await statusOf(name)).viewers, 1);
        },
      );
    }

    let looking: Promise<StreamStatus[]> | undefined;

    /** What the API tells of a stream; all who ask within a moment get one answer, as there are many and it is busy. */
    async function statusOf(name: string): Promise<StreamStatus> {
      looking ??= sleep(100).then(async () => {
        looking = undefined;
        return (await (await fetch(`${url}/api/streams`)).json()) as StreamStatus[];
      });
      const status = (await looking).find((stream) => stream.name === name);
      assert.ok(status);
      return status;
    }

    /** The reason is in the API, and a placeholder comes to who watches. */
    async function seeReason(name: string, watcher: Watcher, reason: RegExp): Promise<void> {
      let told = "";
      const deadline = performance.now() + PATIENCE.timeoutMs;
      while (!reason.test(told)) {
        assert.ok(performance.now() < deadline, `${name} is told "${told}"`);
        const { state, reason: says } = await statusOf(name);
        if (state === "down") told = says ?? "";
      }
      await watcher.next((part) => nameOf(part) === undefined, "a placeholder", PATIENCE);
    }

    /** Pictures come for two seconds, not too many of them. */
    async function seePictures(name: string, watcher: Watcher, trouble: string): Promise<void> {
      const wanted = trouble === "changes-size" ? ["small", "large", "small"] : ["small"];
      for (const which of wanted)
        await watcher.next((part) => nameOf(part) === which, `the ${which} picture`, PATIENCE);
      const [from, startedAt] = [watcher.parts.length, performance.now()];
      await sleep(2_000);
      const perSecond = (watcher.parts.length - from) / ((performance.now() - startedAt) / 1_000);
      assert.ok(perSecond < MOST_A_SECOND, `${perSecond} pictures a second`);
      await watcher.next((part) => nameOf(part) === "small", "pictures still", PATIENCE);
      assert.equal((await statusOf(name)).state, "live");
    }
  },
);

/** The most memory that a process has had, in bytes. */
function peakBytes(pid = 0): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) * 1_024;
}

/** The CPU time that a process has used. */
function cpuSeconds(pid = 0): number {
  const [user, system] =
    readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ").slice(11, 13) ?? [];
  return (Number(user) + Number(system)) / 100;
}

/** The programs that run with a path in their arguments. */
function programsIn(path: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
      return /^\d+$/.test(pid) && line.includes(path) ? [line] : [];
    } catch {
      return [];
    }
  });
}
