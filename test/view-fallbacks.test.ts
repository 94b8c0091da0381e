import assert from "node:assert/strict";
import { test } from "node:test";
import { needs } from "./support/programs.ts";
import { until } from "./support/until.ts";
import { openViewBrowser, type ViewPage } from "./support/view-browser.ts";
import { cardOnScreen, PATIENCE_MS, untilMoving, untilView } from "./support/view-probe.ts";
import { viewStage, type ViewStage } from "./support/view-stage.ts";

for (const name of ["chromium", "firefox"] as const) {
  test(`<kinora-view> in ${name} shows a picture whatever it may not have`, needs(name), async (t) => {
    const newPage = await openViewBrowser(t, name);
    const page = await newPage();

    await t.test("no worker, where the page's policy forbids it", async (part) => {
      const policy = "default-src 'self'; connect-src *; style-src 'unsafe-inline'; img-src data:";
      const free = await viewStage(part);
      const forbidding = await viewStage(part, { policy });

      const workers = [await workersFor(page, free), await workersFor(page, forbidding)];

      // In Firefox the page works without one anyway.
      assert.deepEqual(workers, [name === "chromium" ? 1 : 0, 0]);
      await untilView(page, "the socket", ({ figures }) => figures?.mode === "socket");
    });

    await t.test("no WebSocket: a stream in an <img>, until there is one", async (part) => {
      const stage = await viewStage(part);
      stage.between.noSockets = true;
      await page.open(stage.page(view(stage)));

      await untilView(
        page,
        "an image",
        ({ figures, words }) => figures?.mode === "image" && words === "Live",
      );
      await untilMoving(page, "kinora-view", cardOnScreen);
      stage.between.noSockets = false;
      await page.evaluate(`document.querySelector("kinora-view").reconnect()`);
      await untilView(page, "the socket", ({ figures }) => figures?.mode === "socket");
      await untilMoving(page);
      await until(() => stage.server.viewers.length === 1, "the end of the image's viewer", PATIENCE_MS);
    });

    await t.test("no WebSocket and no stream: picture by picture", async (part) => {
      const stage = await viewStage(part);
      Object.assign(stage.between, { noSockets: true, noStreams: true });
      await page.open(stage.page(view(stage)));

      await untilView(
        page,
        "snapshots",
        ({ figures, words }) => figures?.mode === "snapshots" && words === "Live",
      );
      await untilMoving(page, "kinora-view", cardOnScreen);
      await page.evaluate(`document.querySelector("kinora-view").style.display = "none"`);
      await until(() => !stage.server.running || stateOf(stage) === "idle", "the end of it", PATIENCE_MS);
    });
  });
}

function view({ url }: ViewStage): string {
  return `<kinora-view server="${url}" src="main" style="width: 320px"></kinora-view>`;
}

/** How many workers run for a view that moves: those that say something. */
async function workersFor(page: ViewPage, stage: ViewStage): Promise<unknown> {
  await page.open(stage.page("<main></main>"));
  await page.evaluate(`(() => {
    const heard = (globalThis.heard = new Set());
    globalThis.Worker = class extends Worker {
      constructor(...all) {
        super(...all);
        this.addEventListener("message", () => heard.add(this));
      }
    };
    document.querySelector("main").innerHTML = ${JSON.stringify(view(stage))};
  })()`);
  await untilMoving(page);
  return page.evaluate("heard.size");
}

function stateOf({ server }: ViewStage): string | undefined {
  return server.streams.find(({ name }) => name === "main")?.state;
}
