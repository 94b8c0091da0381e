import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { readJpegInfo } from "../src/core/jpeg-markers.ts";
import { parseAddress } from "../src/sources/address.ts";
import { openStdin } from "../src/sources/pipe/stdin-source.ts";
import type { StreamStatus } from "../src/wire/api-types.ts";
import { picture } from "./support/pictures.ts";
import { avi, mpjpeg } from "./support/program-output.ts";
import { until } from "./support/until.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));

/** The `kinora` command with something piped into it. */
interface Piped {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  readonly exit: Promise<unknown>;
  url(): Promise<string>;
  status(name: string): Promise<StreamStatus | undefined>;
  output(): string;
}

function piped(t: TestContext, ...sources: string[]): Piped {
  const child = spawn(process.execPath, [MAIN, "--port", "0", ...sources], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  child.stdin.on("error", () => undefined); // it ends first where it refuses its input
  t.after(() => child.kill("SIGKILL"));
  const url = async (): Promise<string> => {
    const address = (): string | undefined => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
    await until(() => address() !== undefined, `it listens: ${output}`, 20_000);
    return address() ?? "";
  };
  return {
    child,
    stdin: child.stdin,
    exit: once(child, "exit").then(([code]: unknown[]) => code),
    url,
    output: () => output,
    async status(name) {
      const response = await fetch(`${await url()}/api/streams`);
      const streams = (await response.json()) as StreamStatus[];
      return streams.find((stream) => stream.name === name);
    },
  };
}

async function widthAt(url: string): Promise<number | undefined> {
  const response = await fetch(`${url}/streams/stdin/snapshot.jpg`);
  return readJpegInfo(new Uint8Array(await response.arrayBuffer()))?.width;
}

const jpeg = (width: number): Promise<Buffer> => picture("jpeg", width, 16, [width, 90, 90]);

describe("stdin:", () => {
  test("reads on while nobody watches: no writer waits, and viewers see the newest", async (t) => {
    const kinora = piped(t, "stdin:");
    await kinora.url();
    const old = mpjpeg([await jpeg(101), await jpeg(102)]);
    const times = Math.ceil(8e6 / old.length);

    // Far more than a pipe holds, before anybody watches.
    for (let index = 0; index < times; index++) {
      if (!kinora.stdin.write(old)) await once(kinora.stdin, "drain");
    }
    kinora.stdin.write(mpjpeg([await jpeg(103)]));

    const url = await kinora.url();
    await until(async () => (await widthAt(url)) === 103, "the newest picture is there");
    assert.equal((await kinora.status("stdin"))?.state, "live");
  });

  test("its end ends the stream", async (t) => {
    const kinora = piped(t, "stdin:");
    kinora.stdin.end(Buffer.concat([await jpeg(104), await jpeg(105)]));

    await until(async () => (await kinora.status("stdin"))?.state === "ended", "it has ended");
    assert.equal((await kinora.status("stdin"))?.width, 105);
    assert.equal(kinora.child.exitCode, null);
  });

  test("takes an AVI as well, and says when there was no picture at all", async (t) => {
    const film = piped(t, "stdin:");
    const nothing = piped(t, "stdin:");
    film.stdin.write(avi([await jpeg(106)]));
    nothing.stdin.end("no picture");

    const url = await film.url();
    await until(async () => (await widthAt(url)) === 106, "the picture of the AVI");
    await until(async () => (await nothing.status("stdin"))?.state === "failed", "it has failed");
    assert.match((await nothing.status("stdin"))?.reason ?? "", /stdin ended without a picture/);
  });

  test("says what is wrong with bytes that hold no pictures, and goes on behind them", async (t) => {
    const kinora = piped(t, "stdin:");
    kinora.stdin.write(Buffer.alloc(34e6, "x"));

    await until(async () => (await kinora.status("stdin"))?.state === "down", "it is down", 20_000);
    assert.match(
      (await kinora.status("stdin"))?.reason ?? "",
      /^stdin: what is piped into kinora cannot be read/,
    );
    kinora.stdin.write(await jpeg(107));
    await until(async () => (await kinora.status("stdin"))?.width === 107, "the picture behind them", 20_000);
  });

  test("belongs to one stream; a second one is told so", async (t) => {
    const kinora = piped(t, "a=stdin:", "b=stdin:");
    kinora.stdin.write(await jpeg(108));

    await until(async () => (await kinora.status("a"))?.state === "live", "the first one shows it");
    await until(async () => (await kinora.status("b"))?.state === "failed", "the second one is refused");
    assert.match((await kinora.status("b"))?.reason ?? "", /stdin: is read by another stream/);
  });

  test("does not keep the process alive when it is stopped", async (t) => {
    const kinora = piped(t, "stdin:");
    kinora.stdin.write(await jpeg(109));
    await until(async () => (await kinora.status("stdin"))?.state === "live", "it is live");
    const startedAt = performance.now();

    kinora.child.kill("SIGINT");

    assert.equal(await kinora.exit, 0, kinora.output());
    assert.ok(performance.now() - startedAt < 5_000);
  });

  test("is no terminal, and has nothing behind its colon but options", async () => {
    const source = openStdin(parseAddress("stdin:"));
    const before = Object.getOwnPropertyDescriptor(process.stdin, "isTTY");
    Object.defineProperty(process.stdin, "isTTY", { value: true, configurable: true });
    try {
      await assert.rejects(async () => source.check?.(), {
        code: "ERR_ADDRESS_INVALID",
        message: "stdin: is a terminal; pipe pictures into kinora, as in: PROGRAM | kinora stdin:",
      });
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.stdin, "isTTY");
      else Object.defineProperty(process.stdin, "isTTY", before);
    }
    assert.throws(() => openStdin(parseAddress("stdin:/tmp/x")), { code: "ERR_ADDRESS_INVALID" });
    assert.throws(() => openStdin(parseAddress("stdin:?fps=3")), { code: "ERR_OPTION_INVALID" });
  });
});
