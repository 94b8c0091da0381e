import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { Grabbed, sourceOf } from "./support/grabbed.ts";
import { needs } from "./support/programs.ts";
import { startXServer, WindowMaker, type XServer } from "./support/x-server.ts";

const RED = 0xe0_10_20;
const GREEN = 0x10_b0_30;
const BLUE = 0x20_30_d0;
const SCREEN = { width: 400, height: 300 };

// Each test has a screen of its own: a window above another one is in its pictures.
describe("window:", { concurrency: 2, ...needs("xvfb", "ffmpeg") }, () => {
  test("it shows the window with that text in its title, however the letters are written", async (t) => {
    const { maker, open } = await desk(t);
    await maker.make({
      title: "Ünterwegs – Karte 100 % #1?",
      x: 40,
      y: 30,
      width: 101,
      height: 51,
      colour: RED,
    });
    await maker.make({ title: "other", x: 200, y: 100, width: 50, height: 50, colour: GREEN });

    const grabbed = open("ÜNTERWEGS – karte 100 %25 %231%3F");

    await grabbed.shows({ width: 101, height: 51 }, RED);
    assert.match(grabbed.notes[0] ?? "", /^the window "Ünterwegs – Karte 100 % #1\?" \(0x[\da-f]+\)$/);
  });

  test("it shows the window of a number", async (t) => {
    const { maker, open } = await desk(t);
    const id = await maker.make({ title: "a", x: 10, y: 10, width: 60, height: 40, colour: RED });
    await maker.make({ title: "b", x: 200, y: 100, width: 50, height: 50, colour: GREEN });

    const grabbed = open(`0x${id.toString(16)}`);

    await grabbed.shows({ width: 60, height: 40 }, RED);
  });

  test("it follows the window when it moves and when it is resized", async (t) => {
    const { maker, open } = await desk(t);
    const id = await maker.make({ title: "clock", x: 0, y: 0, width: 80, height: 60, colour: RED });
    const grabbed = open("clock");
    await grabbed.shows({ width: 80, height: 60 }, RED);

    await maker.place(id, { x: 200, y: 150, width: 80, height: 60 });
    await maker.paint(id, GREEN);
    await grabbed.shows({ width: 80, height: 60 }, GREEN);
    await maker.place(id, { x: 100, y: 50, width: 33, height: 171 });
    await grabbed.shows({ width: 33, height: 171 }, GREEN);
    await maker.place(id, { x: 100, y: 50, width: 1, height: 1 });
    await grabbed.shows({ width: 1, height: 1 }, GREEN);
    await maker.place(id, { x: 100, y: 50, width: 90, height: 91 });
    await grabbed.shows({ width: 90, height: 91 }, GREEN);

    assert.deepEqual(grabbed.reasons, []);
  });

  test("of a window that reaches beyond the screen it shows what is on it", async (t) => {
    const { maker, open } = await desk(t);
    const id = await maker.make({ title: "big", x: 350, y: 280, width: 90, height: 90, colour: BLUE });
    const grabbed = open("big");

    await grabbed.shows({ width: 50, height: 20 }, BLUE);
    await maker.place(id, { x: -30, y: -40, width: 900, height: 800 });
    await grabbed.shows(SCREEN, BLUE);
    await maker.place(id, { x: -900, y: 0, width: 50, height: 50 });
    await grabbed.says(/^the window "big" is outside the screen; it is shown again when it is back$/);
  });

  test("a window that is hidden or closed is told, and shown again when it is back", async (t) => {
    const { maker, open } = await desk(t);
    const id = await maker.make({ title: "my editor", x: 10, y: 10, width: 60, height: 40, colour: RED });
    const grabbed = open("editor");
    await grabbed.shows({ width: 60, height: 40 }, RED);

    await maker.hide(id);
    await grabbed.says(/^the window "my editor" is minimized or on another desktop; it is shown again when/);
    await maker.show(id);
    await grabbed.shows({ width: 60, height: 40 }, RED);
    await maker.close(id);
    await grabbed.says(
      /^the window "my editor" was closed; it is shown again when one with "editor" in its title is opened$/,
    );
    await maker.make({ title: "new Editor", x: 10, y: 10, width: 70, height: 30, colour: GREEN });
    await grabbed.shows({ width: 70, height: 30 }, GREEN);

    assert.equal(grabbed.reasons.length, 2, grabbed.reasons.join("; "));
  });

  test("of ten windows that match, the uppermost is shown, and that is told", async (t) => {
    const { maker, open } = await desk(t);
    for (let index = 1; index < 10; index++) {
      await maker.make({ title: `shell ${index}`, x: index, y: 0, width: 50, height: 30, colour: RED });
    }
    await maker.make({ title: "shell 10", x: 100, y: 100, width: 61, height: 31, colour: GREEN });
    const hidden = await maker.make({ title: "shell 11", x: 0, y: 0, width: 90, height: 90, colour: BLUE });
    await maker.hide(hidden);

    const grabbed = open("shell");

    await grabbed.shows({ width: 61, height: 31 }, GREEN);
    assert.match(grabbed.notes[0] ?? "", /"shell 10".*, the uppermost of 11 with "shell" in their titles$/);
  });

  test("where a window manager keeps a list, the active window goes before the uppermost", async (t) => {
    const { maker, open } = await desk(t);
    const [first, second, third] = [
      await maker.make({ title: "mail 1", x: 0, y: 0, width: 50, height: 50, colour: RED }),
      await maker.make({ title: "mail 2", x: 100, y: 0, width: 51, height: 50, colour: GREEN }),
      await maker.make({ title: "mail 3", x: 200, y: 0, width: 52, height: 50, colour: BLUE }),
    ];
    await maker.make({ title: "mail in no list", x: 300, y: 0, width: 53, height: 50, colour: BLUE });
    await maker.manage([first, third, second], first);

    const active = open("mail");
    await active.shows({ width: 50, height: 50 }, RED);
    await maker.manage([first, third, second], 0);
    const uppermost = open("mail");

    await uppermost.shows({ width: 51, height: 50 }, GREEN);
  });

  test("a window that is not there is waited for; only who typed its title is told those that are there", async (t) => {
    const { maker, open, server } = await desk(t);
    await maker.make({ title: "mail", x: 0, y: 0, width: 50, height: 50, colour: RED });
    const sentence = 'no window has "clock" in its title; ';

    const grabbed = open("clock");
    const check = sourceOf(`window:clock?display=${server.display}`).check?.();

    await assert.rejects(check ?? Promise.resolve(), {
      code: "ERR_WINDOW_MISSING",
      message: `${sentence}there are "mail"`,
    });
    await grabbed.says(new RegExp(`^${sentence}open it, or look for its title with kinora devices$`));
    await maker.make({ title: "clock", x: 60, y: 0, width: 40, height: 30, colour: GREEN });
    await grabbed.shows({ width: 40, height: 30 }, GREEN);
  });

  test("it is scaled into a size, and keeps its shape", async (t) => {
    const { maker, open } = await desk(t);
    await maker.make({ title: "wide", x: 0, y: 0, width: 200, height: 100, colour: RED });

    const grabbed = open("wide", "&size=64x64&fps=10&quality=30");

    await grabbed.shows({ width: 64, height: 32 }, RED);
  });

  test("when the X server ends, that is told, and its windows are shown when it is back", async (t) => {
    const { maker, open, server } = await desk(t);
    await maker.make({ title: "a", x: 0, y: 0, width: 50, height: 50, colour: RED });
    const grabbed = open("a");
    await grabbed.shows({ width: 50, height: 50 }, RED);

    await server.stop();
    await grabbed.says(/^the X server of display :\d+ closed the connection|^no X server can be reached/);
    await startXServer(t, SCREEN, { number: server.display });
    const again = await WindowMaker.open(t, server.display);
    await again.make({ title: "a", x: 0, y: 0, width: 55, height: 50, colour: GREEN });

    await grabbed.shows({ width: 55, height: 50 }, GREEN);
  });
});

describe("the address of a window", () => {
  test("one without a title is refused with what to write", () => {
    assert.throws(() => sourceOf("window:"), { code: "ERR_ADDRESS_INVALID", message: /write window:TITLE/ });
  });

  for (const option of ["fps=0", "fps=61", "quality=0", "quality=101", "cursor=maybe", "region=1x1"]) {
    test(`the option ${option} is refused`, () => {
      assert.throws(() => sourceOf(`window:a?${option}`), { code: "ERR_OPTION_INVALID" });
    });
  }
});

interface Desk {
  readonly server: XServer;
  readonly maker: WindowMaker;
  /** Shows the window of a title. */
  readonly open: (title: string, options?: string) => Grabbed;
}

async function desk(t: TestContext): Promise<Desk> {
  const server = await startXServer(t, SCREEN);
  const maker = await WindowMaker.open(t, server.display);
  const open = (title: string, options = "") =>
    new Grabbed(t, `window:${title}?display=${server.display}&cursor=false${options}`);
  return { server, maker, open };
}
