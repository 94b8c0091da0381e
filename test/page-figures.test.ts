import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openPage, type Page } from "./support/browser.ts";
import { Command } from "./support/command.ts";
import { drawPicture } from "./support/fakecam/draw-picture.ts";
import { temporaryFolder } from "./support/pictures.ts";
import { needs } from "./support/programs.ts";
import { statusOf } from "./support/status.ts";
import { until } from "./support/until.ts";

/** A browser without a graphics card, beside everything else on two cores. */
const PATIENCE_MS = 20_000;
const CARD = "test:?size=320x180&fps=10";

test("The page's figures", needs("chromium"), async (t) => {
  const { url } = await Command.serve(t, [CARD]);
  const page = await openPage(t, "chromium");

  await t.test("are of what the page itself is sent", async () => {
    await page.open(`${url}/`);
    await showing(page, "drops", /^[\d,]+ drops?$/);
    await showing(page, "age", /^(<1|\d+) ms old$/);

    assert.match(await textOf(page, "fps"), /^\d+(\.\d)? fps$/);
    assert.equal(await titleOf(page, "fps"), "Pictures a second that this page is sent");
    assert.equal(await page.evaluate(`document.querySelector('[role="status"][data-part]').textContent`), "");
  });

  await t.test("are there again when the server has ended this page's viewer", async () => {
    const [viewer] = (await (await fetch(`${url}/api/viewers`)).json()) as { id: string }[];
    assert.ok(viewer);

    await fetch(`${url}/api/viewers/${viewer.id}`, { method: "DELETE" });

    const isBack = async () => {
      const viewers = (await (await fetch(`${url}/api/viewers`)).json()) as { id: string }[];
      return viewers.length === 1 && viewers[0]?.id !== viewer.id;
    };
    await until(isBack, "the page's next viewer", PATIENCE_MS);
    await showing(page, "age", / old$/);
  });
});

test("More cameras than a browser has connections all move", needs("chromium"), async (t) => {
  const folder = await temporaryFolder(t);
  for (const number of [0, 1, 2]) {
    await writeFile(join(folder, `${number}.jpg`), await drawPicture(number, { width: 320, height: 180 }));
  }
  const cameras = Array.from({ length: 12 }, (_, at) => `cam${at}=folder:${folder}?fps=10`);
  const { url } = await Command.serve(t, cameras);
  const page = await openPage(t, "chromium");

  await page.open(`${url}/`);

  const seen = `[...document.querySelectorAll(".tile kinora-view")].map((view) => view.figures?.fps ?? 0)`;
  const areMoving = async () => {
    const rates = (await page.evaluate(seen)) as number[];
    // What is below the screen rests.
    return rates.filter((fps) => fps > 2).length >= 8;
  };
  await until(areMoving, "eight of twelve to move", PATIENCE_MS);
  assert.equal((await statusOf(url, "cam0")).viewers, 1);
});

/** Waits until the first tile shows such a text there; what is hidden is empty. */
async function showing(page: Page, part: string, text: RegExp): Promise<void> {
  let last = "";
  const matches = async () => text.test((last = await textOf(page, part)));
  await until(matches, `${String(text)} in "${part}"`, PATIENCE_MS).catch((error: unknown) => {
    throw new Error(`"${part}" shows "${last}"`, { cause: error });
  });
}

async function textOf(page: Page, part: string): Promise<string> {
  return String(
    await page.evaluate(`${find(part)}?.checkVisibility() ? ${find(part)}.textContent.trim() : ""`),
  );
}

async function titleOf(page: Page, part: string): Promise<string> {
  return String(await page.evaluate(`${find(part)}?.parentElement.title`));
}

function find(part: string): string {
  return `document.querySelector('.tile [data-part="${part}"]')`;
}
