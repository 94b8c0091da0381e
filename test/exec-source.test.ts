import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { sourceKinds } from "../src/app/source-kinds.ts";
import { makeSource } from "../src/app/sources.ts";
import { assertHarmless } from "../src/sources/assert-harmless.ts";
import { nameSources } from "../src/cli/stream-names.ts";
import { supervise } from "../src/sources/supervisor.ts";
import { file, jpegs, openCommand as open, play, POSIX, slowly } from "./support/exec-player.ts";
import { Player, widthOf } from "./support/player.ts";
import { problemOf } from "./support/problem.ts";
import { avi, mpjpeg } from "./support/program-output.ts";
import { until } from "./support/until.ts";

const processesWith = (word: string): string[] =>
  readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "latin1").includes(word);
    } catch {
      return false;
    }
  });

describe("the command", POSIX, () => {
  test("is run by the shell: quotes, pipes, ? and %23 are its own", async (t) => {
    const [jpeg = Buffer.alloc(0)] = await jpegs(105);
    const path = await file(t, jpeg, "a #1?.jpg");
    const folder = join(path, "..");

    const { source } = makeSource(
      `exec:cd "${folder}" && cat 'a %231?.jpg' | cat; sleep 100#timeout=20s`,
      "a",
      () => 0,
    );

    assert.equal(widthOf(await new Player(t, source).next()), 105);
  });

  test("is shown by its first word only, without what may be a password", () => {
    assert.equal(open("raspivid -o - -k SECRET").label, "exec raspivid");
    assert.equal(open("KEY=geheim123 /opt/cam/run --x").label, "exec /opt/cam/run");
    assert.equal(open('(cd /tmp; "cam" x)').label, "exec cd");
    assert.equal(open("http://root:geheim@cam/run").label, "exec http://…@cam/run");
  });

  test("gives its stream the name of its program, and of nothing else", () => {
    const sources = [
      "exec:/opt/cam/run.sh --key=abc123 x",
      "exec:KEY=abc123 cam http://root:abc123@host/b",
      "exec:(",
      "a=exec:x",
    ];

    assert.deepEqual(
      nameSources(sources).map(({ name }) => name),
      ["run.sh", "cam", "exec", "a"],
    );
  });

  test("must be there, and its options must be known", () => {
    assert.throws(() => open(""), { code: "ERR_ADDRESS_INVALID" });
    assert.throws(() => open("  #timeout=1s"), { code: "ERR_ADDRESS_INVALID" });
    assert.throws(() => open("cam#fps=3"), { code: "ERR_OPTION_INVALID" });
    assert.throws(() => open("cam#timeout=1"), { code: "ERR_OPTION_INVALID" });
  });

  test("cannot be chosen over the network", () => {
    for (const address of ["exec:cat x", "stdin:", "pi:", "[test:, exec:cat x]"]) {
      assert.throws(() => assertHarmless(address, sourceKinds), { code: "ERR_FORBIDDEN" }, address);
    }
  });

  test("runs while somebody watches, and then neither it nor what it started", async (t) => {
    const word = `kinora-test-${process.pid}`;
    const [jpeg = Buffer.alloc(0)] = await jpegs(106);
    const path = await file(t, jpeg);
    const player = play(t, `cat ${path}; sh -c 'sleep 300 & wait' ${word} | sh -c 'cat' ${word}; sleep 300`);
    assert.deepEqual(processesWith(word), []);
    assert.equal(widthOf(await player.next()), 106);
    assert.equal(processesWith(word).length > 0, true);

    player.stop();

    assert.equal(await player.next(), undefined);
    await until(() => processesWith(word).length === 0, "all are gone");
  });

  test("is asked to end before it is killed", async (t) => {
    const [jpeg = Buffer.alloc(0)] = await jpegs(107);
    const path = await file(t, jpeg);
    const bye = `${path}.bye`;
    const player = play(t, `trap 'echo bye >${bye}; exit' TERM; cat ${path}; while :; do sleep 0.05; done`);
    await player.next();

    player.stop();
    await player.next();

    assert.equal(await readFile(bye, "utf8"), "bye\n");
  });

  test("that has ended is started again, without end, with its reason told each time", async (t) => {
    const [jpeg = Buffer.alloc(0)] = await jpegs(108);
    const path = await file(t, jpeg);
    const abort = new AbortController();
    const told: string[] = [];
    let shown = 0;
    const running = supervise(
      open(`cat ${path}; echo broken >&2; exit 5`),
      abort.signal,
      {
        picture: () => shown++,
        down: (error) => void told.push(error.message),
        dropped: () => undefined,
        note: () => undefined,
        waiting: () => undefined,
      },
      { firstMs: 1, longestMs: 1 },
    );
    t.after(() => abort.abort());

    await until(() => told.length === 3, "it is started three times");
    abort.abort();
    await running;

    assert.ok(shown >= 3);
    assert.equal(told[0], "exec cat ended with code 5; it said: broken");
  });
});

describe("what goes wrong is said", POSIX, () => {
  const cases: readonly [title: string, command: string, code: string, message: RegExp][] = [
    [
      "no such program",
      "kinora-no-such-program -x",
      "ERR_PROGRAM_MISSING",
      /^exec kinora-no-such-program: there is no such program; install it.*not found/,
    ],
    [
      "dies at once",
      "echo 'no camera' >&2; exit 1",
      "ERR_SOURCE_FAILED",
      /^exec echo ended with code 1 without having written a picture; it said: no camera$/,
    ],
    [
      "ends well without a picture",
      "true",
      "ERR_SOURCE_FAILED",
      /^exec true ended with code 0 without having written a picture$/,
    ],
    ["is killed", "kill -9 $$", "ERR_SOURCE_FAILED", /^exec kill ended by SIGKILL without/],
    [
      "writes nothing",
      "echo warming up >&2; exec sleep 100#timeout=300ms",
      "ERR_SOURCE_SILENT",
      /^exec echo has not written a picture yet for 0.3 s and is started again; it said: warming up$/,
    ],
    [
      "writes something else, slowly",
      "while :; do echo text; sleep 0.01; done#timeout=300ms",
      "ERR_SOURCE_SILENT",
      /^exec while has written \d+ bytes and no picture for 0.3 s and is started again: JPEGs are wanted, alone, in/,
    ],
    [
      "writes something else, less than makes one sure",
      "head -c 48000 /dev/zero; exec sleep 100#timeout=300ms",
      "ERR_SOURCE_SILENT",
      /^exec head has written 48 KB and no picture for 0.3 s .*: JPEGs are wanted, alone, in multipart parts or in AVI$/,
    ],
    [
      "writes garbage for ever",
      "cat /dev/urandom",
      "ERR_SOURCE_FAILED",
      /^exec cat writes something else than pictures/,
    ],
    [
      "writes zeros for ever",
      "cat /dev/zero",
      "ERR_SOURCE_FAILED",
      /^exec cat writes something else than pictures/,
    ],
    [
      "writes blanks for ever",
      "yes ''",
      "ERR_SOURCE_FAILED",
      /^exec yes writes something else than pictures/,
    ],
    [
      "writes header lines for ever",
      "yes 'Name: value'",
      "ERR_SOURCE_FAILED",
      /^exec yes writes something else than pictures/,
    ],
    [
      "an AVI that is broken",
      "printf 'RIFFxxxxAVI \\1\\2\\3\\4\\5\\6\\7\\10\\11'; sleep 100",
      "ERR_SOURCE_FAILED",
      /^exec printf writes something else.*AVI.*broken at byte 12/,
    ],
    [
      "closes its output and lives on",
      "exec sleep 100 >&-",
      "ERR_SOURCE_FAILED",
      /^exec exec has closed its output and runs on/,
    ],
    [
      "leaves a program behind that holds the pipe",
      "sleep 100 & exit 3",
      "ERR_SOURCE_FAILED",
      /^exec sleep ended with code 3/,
    ],
  ];
  for (const [title, command, code, message] of cases) {
    test(title, async (t) => {
      const player = play(t, command);

      const error = await problemOf(player);

      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.retryable, true);
    });
  }

  test("a file that may not be executed", async (t) => {
    const path = await file(t, "#!/bin/sh\n", "camera");
    await chmod(path, 0o644);

    const error = await problemOf(play(t, path));

    assert.match(error.message, /may not be executed; make it executable with chmod \+x/);
  });

  test("a program that dies after its pictures gives them first", async (t) => {
    const path = await file(t, Buffer.concat(await jpegs(109)));
    const player = play(t, `cat ${path}; echo 'lost it' >&2; exit 2`);

    assert.equal(widthOf(await player.next()), 109);
    assert.equal((await problemOf(player)).message, "exec cat ended with code 2; it said: lost it");
  });

  test("a program that falls silent after its pictures", async (t) => {
    const path = await file(t, Buffer.concat(await jpegs(110)));
    const player = play(t, `cat ${path}; exec sleep 100#timeout=300ms`);

    assert.equal(widthOf(await player.next()), 110);
    assert.match((await problemOf(player)).message, /^exec cat has written no picture for 0.3 s/);
  });

  test("no password of the command is in what a program says", async (t) => {
    const secrets = ["geheim%21wort", "geheim!wort", "topsecret99", "abcd1234efgh"];
    const command =
      'echo "cannot open rtsp://root:geheim%21wort@10.0.0.2/live as root:geheim!wort" >&2; ' +
      "echo 'login topsecret99 is wrong' >&2; echo 'bad token abcd1234efgh' >&2; exit 1 " +
      "--password=topsecret99 --token abcd1234efgh";

    const error = await problemOf(play(t, command));

    for (const secret of secrets) assert.ok(!error.message.includes(secret), error.message);
    assert.match(error.message, /ended with code/);
  });
});

describe("whatever a command writes, what it costs is bounded", POSIX, () => {
  test("10 000 pictures a second: at most 120 are passed on, the newest, with little work", async (t) => {
    const all = Buffer.concat(Array(200).fill((await jpegs(111))[0] ?? Buffer.alloc(0)) as Buffer[]);
    const path = await file(t, all);
    const player = play(t, `while :; do cat ${path} ${path} ${path} ${path} ${path}; done`);
    await player.next();
    const usage = process.cpuUsage();
    const rss = process.memoryUsage.rss();
    const startedAt = performance.now();
    let count = 0;

    while (performance.now() - startedAt < 1_500) if ((await player.next()) !== undefined) count++;

    const seconds = (performance.now() - startedAt) / 1_000;
    const { user, system } = process.cpuUsage(usage);
    // Timers may be a millisecond early, and pictures are counted from the middle of one pause to that of another.
    assert.ok(count / seconds <= 140, `${count / seconds} a second`);
    assert.ok((user + system) / 1e6 / seconds < 0.6, `${(user + system) / 1e4 / seconds} % of a core`);
    assert.ok(process.memoryUsage.rss() - rss < 100e6);
    assert.ok(player.dropped.length > 0);
  });

  test("pictures change their size in the middle, and each comes whole", async (t) => {
    const command = await slowly(t, await jpegs(112, 500, 113));

    assert.deepEqual(await play(t, `${command}; exec sleep 100`).widths(3), [112, 500, 113]);
  });

  test("a picture that is cut at the end is not shown", async (t) => {
    const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = await jpegs(114, 115);
    for (const write of [(all: Buffer[]) => Buffer.concat(all), mpjpeg, avi]) {
      const bytes = write([one, two]);
      const path = await file(t, bytes.subarray(0, bytes.indexOf(two) + two.length - 40));
      const player = play(t, `cat ${path}`);

      assert.equal(widthOf(await player.next()), 114, write.name);
      assert.match((await problemOf(player)).message, /^exec cat ended with code 0$/);
    }
  });

  test("a flood of words beside the pictures holds up nothing", async (t) => {
    const [jpeg = Buffer.alloc(0)] = await jpegs(116);
    const path = await file(t, jpeg);
    const player = play(t, `yes 'words words words words' >&2 & while :; do cat ${path}; sleep 0.02; done`);

    assert.deepEqual(await player.widths(20), Array(20).fill(116));
  });

  test("random bytes with beginnings of every kind end in a sentence, never in anything else", async (t) => {
    const starts = [
      "RIFF",
      "--",
      "\xff\xd8\xff",
      "HTTP/1.0 200 OK\n",
      "A: b\n",
      "Content-Type: multipart/x;boundary=b\n\n",
    ];
    for (const start of starts) {
      const path = await file(t, Buffer.concat([Buffer.from(start, "latin1"), randomBytes(300_000)]));
      const player = play(t, `cat ${path}`);

      const error = await problemOf(player);

      assert.match(error.message, /without having written a picture|something else than pictures/, start);
    }
  });
});
