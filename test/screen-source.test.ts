import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { Grabbed, sourceOf } from "./support/grabbed.ts";
import { needs } from "./support/programs.ts";
import { until } from "./support/until.ts";
import { startXServer, WindowMaker } from "./support/x-server.ts";

const RED = 0xe0_10_20;
const GREEN = 0x10_b0_30;
const BLUE = 0x20_30_d0;
const BLACK = 0;
const SCREEN = { width: 321, height: 243 };
const WHOLE = { ...SCREEN, x: 0, y: 0 };
/** No X server has this number. */
const NOWHERE = ":59000";

describe("screen:", { concurrency: 2, ...needs("xvfb", "ffmpeg") }, () => {
  test("it shows the whole desktop, whose sides may be odd", async (t) => {
    const { maker, open } = await desk(t);
    const id = await maker.make({ title: "a", ...WHOLE, colour: RED });

    const grabbed = open("");

    await grabbed.shows(SCREEN, RED);
    await maker.paint(id, GREEN);
    await grabbed.shows(SCREEN, GREEN);
    assert.match(grabbed.notes[0] ?? "", /^display :\d+ is 321x243$/);
  });

  test("it shows a region; of one that reaches beyond the screen, what is on it", async (t) => {
    const { maker, open } = await desk(t);
    await maker.make({ title: "a", x: 100, y: 50, width: 300, height: 300, colour: RED });

    const inside = open("&region=81x61+110+60");
    const beyond = open("&region=300x300+221+143");

    await inside.shows({ width: 81, height: 61 }, RED);
    await beyond.shows({ width: 100, height: 100 }, RED);
    assert.match(beyond.notes[0] ?? "", /; of the region 300x300\+221\+143, 100x100\+221\+143 is on it$/);
  });

  test("a region outside the screen is told, and shown when the screen has grown", async (t) => {
    const { server, maker, open } = await desk(t);
    await maker.make({ title: "a", ...WHOLE, colour: RED });
    await maker.resizeScreen({ width: 200, height: 200 });
    const sentence = "the region 50x50+220+150 lies outside the screen, which is 200x200";

    const check = sourceOf(`screen:?display=${server.display}&region=50x50+220+150`).check?.();
    const grabbed = open("&region=50x50+220+150");

    await assert.rejects(check ?? Promise.resolve(), { code: "ERR_SCREEN_MISSING", message: sentence });
    await grabbed.says(/^the region 50x50\+220\+150 lies outside the screen, which is 200x200$/);
    await maker.resizeScreen(SCREEN);
    await grabbed.shows({ width: 50, height: 50 }, RED);
  });

  test("when the screen changes its size, its pictures do", async (t) => {
    const { maker, open } = await desk(t);
    await maker.make({ title: "a", ...WHOLE, colour: RED });
    const grabbed = open("");
    await grabbed.shows(SCREEN, RED);

    await maker.resizeScreen({ width: 160, height: 120 });
    await grabbed.shows({ width: 160, height: 120 }, RED);
    await maker.resizeScreen(SCREEN);
    await grabbed.shows(SCREEN, RED);

    assert.deepEqual(grabbed.reasons, []);
  });

  test("the pointer is in the pictures unless it is not wanted", async (t) => {
    const { maker, server } = await desk(t);
    await maker.make({ title: "a", ...WHOLE, colour: RED });
    // The pointer begins in the middle of the screen, as a black cross.
    const redness = async (options: string): Promise<number> => {
      const grabbed = new Grabbed(t, `screen:?display=${server.display}${options}`);
      let red = -1;
      await until(async () => (red = (await grabbed.look())?.middle[0] ?? -1) >= 0, "a picture");
      return red;
    };

    const [withPointer, without] = await Promise.all([redness(""), redness("&cursor=false")]);

    assert.ok(withPointer < 100, `a red of ${withPointer} where the pointer is`);
    assert.ok(without > 200, `a red of ${without} where no pointer should be`);
  });

  test("it is scaled into a size, and keeps its shape", async (t) => {
    const { maker, open } = await desk(t);
    await maker.make({ title: "a", x: 10, y: 10, width: 101, height: 77, colour: BLUE });

    const grabbed = open("&size=160x160&fps=5&quality=10");

    await grabbed.shows({ width: 160, height: 121 }, BLACK);
  });

  test("a display that is not there is told, before anyone watches and to who watches", async (t) => {
    const sentence = /^no X server can be reached at display :59000 \(\w+\): is a desktop running/;
    const check = sourceOf(`screen:?display=${NOWHERE}`).check?.();

    const grabbed = new Grabbed(t, `screen:?display=${NOWHERE}`);

    const isTold = (error: Error & { readonly code?: string }) =>
      error.code === "ERR_SCREEN_MISSING" && sentence.test(error.message);
    await assert.rejects(check ?? Promise.resolve(), isTold);
    await grabbed.says(sentence);
  });

  test("when the X server ends, that is told, and its screen is shown when it is back", async (t) => {
    const { server, maker, open } = await desk(t);
    await maker.make({ title: "a", ...WHOLE, colour: RED });
    const grabbed = open("");
    await grabbed.shows(SCREEN, RED);

    await server.stop();
    await grabbed.says(/^the X server of display :\d+ closed the connection|^no X server can be reached/);
    const bigger = { width: 400, height: 300 };
    await startXServer(t, bigger, { number: server.display });

    await grabbed.shows(bigger, BLACK);
  });
});

// The file with the secrets is named by the environment, so these are alone.
describe("a display that asks for a secret", needs("xvfb", "ffmpeg"), () => {
  test("it lets in who has the secret, and others are told", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "kinora-"));
    const before = process.env["XAUTHORITY"];
    t.after(async () => {
      if (before === undefined) delete process.env["XAUTHORITY"];
      else process.env["XAUTHORITY"] = before;
      await rm(folder, { recursive: true });
    });
    const file = join(folder, "secrets");
    await writeFile(file, secretFor(hostname(), Buffer.alloc(16, 7)));
    process.env["XAUTHORITY"] = join(folder, "none");
    const server = await startXServer(t, SCREEN, { args: ["-auth", file] });

    const grabbed = new Grabbed(t, `screen:?cursor=false&display=${server.display}`);

    await grabbed.says(/^display :\d+ lets nobody in from here \(.+\): run Kinora as the user whose desktop/);
    process.env["XAUTHORITY"] = file;
    await grabbed.shows(SCREEN, BLACK);
  });
});

describe("what calls itself an X server", { concurrency: true }, () => {
  const manners = {
    "closes at once": [(socket: Socket) => void socket.end(), /at display .* \(it closed the connection\)/],
    "answers garbage": [(socket: Socket) => void socket.end(Buffer.alloc(100_000, 0x55)), /lets nobody in/],
    "says nothing": [() => undefined, /at display .* \(no answer in 3 s\)/],
    "lets in and says nothing": [
      (socket: Socket) => void socket.write(welcome()),
      /^the X server of display \S+ did not answer for 3 s$/,
    ],
    "lets in and answers without end": [
      (socket: Socket) => {
        socket.write(welcome());
        socket.once("data", () =>
          socket.write(Buffer.from([1, 0, 1, 0, 255, 255, 255, 127, ...new Array<number>(24).fill(0)])),
        );
      },
      /^the X server of display \S+ sent an answer of 8589934620 bytes$/,
    ],
  } as const;
  for (const [what, [answer, message]] of Object.entries(manners)) {
    test(`when it ${what}, that is told`, needs("ffmpeg"), async (t) => {
      const display = await fakeServer(t, answer);

      const check = sourceOf(`window:a?display=${display}`).check?.();

      await assert.rejects(check ?? Promise.resolve(), { message });
    });
  }
});

describe("the address of a screen", () => {
  test("one with a path is refused with what to write", () => {
    assert.throws(() => sourceOf("screen:left"), { code: "ERR_ADDRESS_INVALID", message: /write screen:,/ });
  });

  const wrong = [
    "region=1x",
    "region=0x5+0+0",
    "region=1x1-5+0",
    "region=99999x1",
    "display=left",
    "size=1x1",
  ];
  for (const option of [...wrong, "display=:99999", "fps=100", "colour=1"]) {
    test(`the option ${option} is refused`, () => {
      assert.throws(() => sourceOf(`screen:?${option}`), { code: "ERR_OPTION_INVALID" });
    });
  }
});

async function desk(t: TestContext) {
  const server = await startXServer(t, SCREEN);
  const maker = await WindowMaker.open(t, server.display);
  const open = (options: string) =>
    new Grabbed(t, `screen:?cursor=false&display=${server.display}${options}`);
  return { server, maker, open };
}

/** A server at a port of its own, as a display of this machine reached by TCP. */
async function fakeServer(t: TestContext, answer: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  server.listen(0, "127.0.0.1");
  t.after(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port - 6_000}`;
}

/** A file of secrets with one entry, for every display of a host. */
function secretFor(host: string, secret: Buffer): Buffer {
  const local = Buffer.from([1, 0]);
  const fields = [Buffer.from(host), Buffer.alloc(0), Buffer.from("MIT-MAGIC-COOKIE-1"), secret];
  return Buffer.concat([local, ...fields.flatMap((field) => [Buffer.from([0, field.length]), field])]);
}

/** How a server lets a client in: one screen, no formats. */
function welcome(): Buffer {
  const bytes = Buffer.alloc(80);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt16LE((bytes.length - 8) / 4, 6);
  const [screens, root] = [28, 40];
  bytes.writeUInt8(1, screens);
  bytes.writeUInt32LE(0x100, root);
  return bytes;
}
