import assert from "node:assert/strict";
import { test } from "node:test";
import { needs } from "./support/programs.ts";
import { pixelsOf } from "./support/pictures.ts";
import { until } from "./support/until.ts";
import { openViewBrowser, type ViewPage } from "./support/view-browser.ts";
import { PATIENCE_MS, probe, untilMoving, untilView } from "./support/view-probe.ts";
import { viewStage } from "./support/view-stage.ts";

for (const name of ["chromium", "firefox"] as const) {
  test(`the controls of <kinora-view> in ${name}`, needs(name), async (t) => {
    const stage = await viewStage(t);
    const page = await (await openViewBrowser(t, name))();
    await page.open(
      stage.page(
        `<kinora-view server="${stage.url}" src="main" query="width=160" style="width: 480px" controls></kinora-view>`,
      ),
    );
    await untilMoving(page);

    await t.test("zoom and move with keys", async () => {
      await page.press("Tab");
      await page.press("+");
      assert.deepEqual(await zoomOf(page), [0, 0, 1.5]);
      await page.press("ArrowRight");
      assert.deepEqual(await zoomOf(page), [-48, 0, 1.5]);
      await page.press("-");
      assert.equal((await probe(page)).scale, "");
      await page.press("+");
      await page.press("0");
      assert.equal((await probe(page)).scale, "");
    });

    await t.test("zoom with the wheel to where the pointer is, no farther than the picture", async () => {
      await page.point(8, 8);
      await page.wheel(-400);

      await until(async () => (await probe(page)).scale !== "", "a larger picture", PATIENCE_MS);
      const [x, y, scale] = await zoomOf(page);
      assert.ok(scale > 1.5 && scale <= 8, `scale ${scale}`);
      assert.ok(near(x, (scale - 1) * 240) && near(y, (scale - 1) * 135), `moved by ${x}, ${y}`);
      await page.press("0");
    });

    await t.test("a page is scrolled with the wheel over a picture that nobody is in", async () => {
      await page.evaluate(`document.querySelector("kinora-view").blur();
        document.querySelector("kinora-view").shadowRoot.querySelector(".stage").blur();
        document.body.style.height = "5000px"; 0`);

      // A busy Firefox loses some that come before it has laid the page out.
      const isScrolled = async () => {
        await page.wheel(300);
        return (await page.evaluate("scrollY")) !== 0;
      };
      await until(isScrolled, "a scrolled page", PATIENCE_MS);
      assert.equal((await probe(page)).scale, "");
      await page.evaluate(`scrollTo(0, 0); 0`);
    });

    await t.test("save a picture in full size", async () => {
      const whole = String(
        await page.evaluate(`document.querySelector("kinora-view").snapshot()
          .then((blob) => blob.arrayBuffer()).then((bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))))`),
      );
      assert.equal((await pixelsOf(Buffer.from(whole, "base64"))).width, 320);

      await page.evaluate(`addEventListener("click", (event) => {
        const link = event.composedPath()[0];
        if (link.download) { saved = link.download; event.preventDefault(); }
      }, true); saved = ""; HTMLAnchorElement.prototype.click = function () { saved = this.download }; 0`);
      await page.evaluate(`${button("Save a picture")}.click()`);
      await until(async () => (await page.evaluate("saved")) !== "", "a file", PATIENCE_MS);
      assert.match(String(await page.evaluate("saved")), /^main-\d{4}-\d\d-\d\dT.*\.jpg$/);
    });

    await t.test("have names, and what changes is announced once", async () => {
      assert.deepEqual(await names(page), ["Save a picture", "Zoom out", "Zoom in", "Full screen"]);
      assert.match((await probe(page)).label ?? "", /^Live picture of main$/);
      await page.evaluate(`said = []; new MutationObserver(() => said.push(0)).observe(
        document.querySelector("kinora-view").shadowRoot.querySelector("[role=status]"),
        { subtree: true, childList: true, characterData: true }); 0`);

      await page.evaluate(`new Promise((resolve) => {
        let count = 0;
        document.querySelector("kinora-view").addEventListener("figureschange", () => ++count === 2 && resolve(0));
      })`);
      assert.equal(await page.evaluate("said.length"), 0);
      stage.server.setSource("main", "http://127.0.0.1:9/gone");
      await untilView(page, "words", ({ words }) => words.includes("127"));
    });

    await t.test("are hidden in a small view, and without the attribute", async () => {
      const shown = `getComputedStyle(document.querySelector("kinora-view").shadowRoot.querySelector(".bar")).display`;
      assert.equal(await page.evaluate(shown), "flex");
      await page.evaluate(`document.querySelector("kinora-view").style.width = "180px"`);
      assert.equal(await page.evaluate(shown), "none");
      await page.evaluate(
        `Object.assign(document.querySelector("kinora-view"), { controls: false }).style.width = ""`,
      );
      assert.equal(await page.evaluate(shown), "none");
    });
  });
}

function button(label: string): string {
  return `document.querySelector("kinora-view").shadowRoot.querySelector("[aria-label='${label}']")`;
}

async function names(page: ViewPage): Promise<unknown> {
  const text = await page.evaluate(
    `JSON.stringify([...document.querySelector("kinora-view").shadowRoot.querySelectorAll("button")]
      .map((button) => button.getAttribute("aria-label")))`,
  );
  return JSON.parse(String(text));
}

/** How far the picture is moved across and down, and how much it is enlarged. Browsers leave out a zero. */
async function zoomOf(page: ViewPage): Promise<[number, number, number]> {
  const { scale } = await probe(page);
  const [, x, y = "0", factor] =
    /^translate\((-?[\d.]+)px(?:, (-?[\d.]+)px)?\) scale\(([\d.]+)\)$/.exec(scale) ?? [];
  return [Number(x), Number(y), Number(factor)];
}

function near(value: number, wanted: number): boolean {
  return Math.abs(value - wanted) < 2;
}
