import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "./support/programs.ts";
import { GREEN, RED } from "./support/two-pictures.ts";
import { openViewBrowser } from "./support/view-browser.ts";
import { probe, untilView } from "./support/view-probe.ts";
import { viewStage } from "./support/view-stage.ts";

const WORDS = "No more pictures come. Asking again soon.";

/** Pictures that end soon, and once asked for again go on. */
class Clip implements AsyncIterable<Uint8Array> {
  runs = 0;

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const isLast = this.runs++ > 0;
    for (let count = 0; count < 10 || isLast; count++) {
      yield count % 2 === 0 ? RED : GREEN;
      await sleep(50);
    }
  }
}

test(
  "<kinora-view> says in words that no more pictures come, and asks again",
  needs("chromium"),
  async (t) => {
    const stage = await viewStage(t);
    const clip = new Clip();
    stage.server.addStream("clip", clip);
    const page = await (await openViewBrowser(t, "chromium"))();
    const isEnded = ({ status }: { status: { state: string } | null }): boolean => status?.state === "ended";
    await page.open(
      stage.page(
        `<kinora-view id="one" server="${stage.url}" src="main"></kinora-view>
      <kinora-view id="two" server="${stage.url}" src="clip"></kinora-view>`,
      ),
    );
    await untilView(page, "a live one", ({ figures }) => figures !== null, "#one");

    const viewer = stage.server.viewers.find(({ stream }) => stream === "main");
    await fetch(`${stage.server.url ?? ""}api/viewers/${viewer?.id ?? ""}`, { method: "DELETE" });
    await untilView(page, "the end of a viewer", isEnded, "#one");
    await untilView(page, "the end of a source", isEnded, "#two");
    const words = [(await probe(page, "#one")).words, (await probe(page, "#two")).words];
    for (const id of ["#one", "#two"])
      await untilView(
        page,
        "live again",
        ({ words: its, figures }) => its === "Live" && figures !== null,
        id,
      );

    assert.deepEqual(words, [WORDS, WORDS]);
    assert.equal(clip.runs, 2);
  },
);
