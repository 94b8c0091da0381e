import assert from "node:assert/strict";
import { test } from "node:test";
import { needs } from "./support/programs.ts";
import { until } from "./support/until.ts";
import { openChromium, type ChromiumPage } from "./support/view-browser.ts";
import { PATIENCE_MS, probe, untilMoving, untilView } from "./support/view-probe.ts";
import { viewStage } from "./support/view-stage.ts";

const STAGE = `document.querySelector("kinora-view").shadowRoot.querySelector(".stage")`;

test("<kinora-view> under pointers in chromium", needs("chromium"), async (t) => {
  const stage = await viewStage(t);
  const page = await (await openChromium(t))();
  await page.open(
    stage.page(
      `<style>body { margin: 0 }</style>
      <kinora-view server="${stage.url}" src="main" style="width: 480px" controls></kinora-view>`,
    ),
  );
  await untilMoving(page);

  await t.test("a double click enlarges what is under it, the next one shows all", async () => {
    await page.doubleClick(360, 135);
    assert.deepEqual(await zoomOf(page), [-120, 0, 2]);

    await page.doubleClick(360, 135);
    assert.equal((await probe(page)).scale, "");
  });

  await t.test("a large picture is dragged, no farther than its edge, also past the view's", async () => {
    await page.doubleClick(240, 135);
    await page.drag([240, 135], [200, 125]);
    assert.deepEqual(await zoomOf(page), [-40, -10, 2]);

    await page.drag([100, 100], [700, 100]);
    assert.deepEqual(await zoomOf(page), [240, -10, 2]);
    await page.point(300, 100);
    assert.deepEqual(await zoomOf(page), [240, -10, 2], "released, it stays");
    await page.press("0");
    await page.drag([240, 135], [200, 125]);
    assert.equal((await probe(page)).scale, "", "all of it cannot be moved");
  });

  await t.test("two fingers enlarge what is between them and move it", async () => {
    await page.touch("touchStart", [
      [220, 135],
      [260, 135],
    ]);
    for (const spread of [30, 40, 60])
      await page.touch("touchMove", [
        [240 - spread, 135],
        [240 + spread, 135],
      ]);
    await page.touch("touchEnd", []);

    await until(async () => (await zoomOf(page))[2] > 1, "a larger picture", PATIENCE_MS);
    const [x, , scale] = await zoomOf(page);
    assert.ok(scale > 2.7 && scale < 3.3, `scale ${scale}`);
    assert.ok(Math.abs(x) < 25, `moved by ${x}`);
    assert.equal(await page.evaluate("visualViewport.scale"), 1, "the page stays as it is");
    await page.press("0");
  });

  await t.test("the button shows it on the full screen and back, and so does the key f", async () => {
    const isFull = (): Promise<unknown> =>
      page.evaluate(`document.fullscreenElement === document.querySelector("kinora-view")`);

    await page.click("Full screen");
    await until(async () => (await isFull()) === true, "full screen", PATIENCE_MS);
    const across = await page.evaluate(`${STAGE}.clientWidth === innerWidth`);
    await page.click("Full screen");
    await until(async () => (await isFull()) === false, "the page", PATIENCE_MS);
    await page.evaluate(`${STAGE}.focus()`);
    await page.press("f");
    await until(async () => (await isFull()) === true, "full screen by key", PATIENCE_MS);
    await page.press("f");
    await until(async () => (await isFull()) === false, "the page again", PATIENCE_MS);

    assert.equal(across, true);
  });
});

test(
  'scale="auto" asks for the next size above that on the screen, and for more of what is enlarged',
  needs("chromium"),
  async (t) => {
    const stage = await viewStage(t, { source: "test:?size=640x360&fps=10" });
    const page = await (await openChromium(t))();
    const asked = (): readonly (string | null)[] =>
      stage.server.viewers.map(({ variant }) => new URLSearchParams(variant).get("width"));
    const untilAsked = (width: string | null): Promise<void> =>
      until(() => asked().length === 1 && asked()[0] === width, `${width ?? "no"} width`, PATIENCE_MS);
    await page.open(
      stage.page(
        `<kinora-view server="${stage.url}" src="main" query="fps=8" scale="auto" style="width: 200px" controls></kinora-view>`,
      ),
    );

    await untilAsked("240");
    await untilView(page, "its size", ({ figures }) => figures?.width === 240);
    await page.evaluate(`document.querySelector("kinora-view").style.width = "300px"`);
    await untilAsked("320");
    await page.evaluate(`${STAGE}.focus()`);
    await page.press("+");
    await untilAsked("480");
    await page.evaluate(`document.querySelector("kinora-view").scale = ""`);
    await untilAsked(null);

    await untilView(page, "all of it", ({ figures }) => figures?.width === 640);
    assert.deepEqual(
      stage.server.viewers.map(({ variant }) => variant),
      ["fps=8"],
    );
  },
);

/** How far the picture is moved across and down, and how much it is enlarged; all 0 where it is not. */
async function zoomOf(page: ChromiumPage): Promise<[number, number, number]> {
  const { scale } = await probe(page);
  const [, x, y = "0", factor = "0"] =
    /^translate\((-?[\d.]+)px(?:, (-?[\d.]+)px)?\) scale\(([\d.]+)\)$/.exec(scale) ?? [];
  return [Number(x ?? 0), Number(y), Number(factor)];
}
