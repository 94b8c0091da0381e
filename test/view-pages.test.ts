import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { ImageServer } from "../src/index.ts";
import { needs } from "./support/programs.ts";
import { until } from "./support/until.ts";
import { openViewBrowser } from "./support/view-browser.ts";
import { PATIENCE_MS, untilMoving } from "./support/view-probe.ts";
import { viewStage } from "./support/view-stage.ts";

const CARD = "test:?size=320x180&fps=15";

test("pages with <kinora-view> in chromium", needs("chromium"), async (t) => {
  const newPage = await openViewBrowser(t, "chromium");

  await t.test("the example shows its streams, with the element from the server", async (part) => {
    const server = await serverWith(part, "front", "side");
    const text = readFileSync(new URL("../examples/view.html", import.meta.url), "utf8");
    const example = text.replaceAll("http://127.0.0.1:8080/", server.url ?? "");
    const page = await newPage();
    await page.open(await servePage(part, example));

    await untilMoving(page, "kinora-view");
    await untilMoving(page, "kinora-view + kinora-view");
  });

  await t.test(
    "the server's own page shows its streams by it, drawn by the worker that its policy allows",
    async (part) => {
      const server = await serverWith(part, "front");
      const page = await newPage();
      await page.open(server.url ?? "");

      const isThere = async () =>
        (await page.evaluate(`document.querySelector(".tile kinora-view") !== null`)) === true;
      await until(isThere, "a tile", PATIENCE_MS);
      await untilMoving(page, ".tile kinora-view");

      const files = String(
        await page.evaluate(`performance.getEntriesByType("resource").map(({ name }) => name).join(" ")`),
      );
      assert.match(files, /\/ui\/kinora-view-worker\.js/);
    },
  );

  await t.test("every picture that is decoded is given back", async (part) => {
    // Without a worker the page itself decodes, where that can be counted.
    const policy = "worker-src 'none'; script-src 'self' 'unsafe-inline'";
    const stage = await viewStage(part, { source: "test:?size=320x180&fps=60", policy });
    const page = await newPage();
    await page.open(
      stage.page(`<script>
        made = freed = 0;
        const { createImageBitmap: make } = window, { close } = ImageBitmap.prototype;
        createImageBitmap = (...given) => make(...given).then((bitmap) => { made++; return bitmap; });
        ImageBitmap.prototype.close = function () { freed++; close.call(this); };
      </script><kinora-view server="${stage.url}" src="main" style="width: 320px"></kinora-view>`),
    );

    await until(async () => Number(await page.evaluate("made")) > 200, "pictures", PATIENCE_MS);
    await page.evaluate(`document.querySelector("kinora-view").remove()`);
    await until(
      async () => (await page.evaluate("made === freed")) === true,
      "the last to be closed",
      PATIENCE_MS,
    );
    assert.equal(stage.server.viewers.length, 0);
  });
});

async function serverWith(t: TestContext, first: string, ...others: string[]): Promise<ImageServer> {
  const server = new ImageServer({ source: CARD });
  for (const name of [first, ...others]) server.addStream(name, CARD);
  await server.start(0);
  t.after(() => server.stop());
  return server;
}

async function servePage(t: TestContext, text: string): Promise<string> {
  const pages = createServer((_req, res) => res.setHeader("Content-Type", "text/html").end(text));
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  t.after(() => {
    pages.closeAllConnections();
    pages.close();
  });
  return `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`;
}
