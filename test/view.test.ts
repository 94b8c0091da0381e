import assert from "node:assert/strict";
import { test } from "node:test";
import { needs } from "./support/programs.ts";
import { until } from "./support/until.ts";
import { openViewBrowser } from "./support/view-browser.ts";
import { PATIENCE_MS, probe, untilMoving, untilView } from "./support/view-probe.ts";
import { viewStage, type ViewStage } from "./support/view-stage.ts";

const GONE = "http://127.0.0.1:9/gone";
const CARD = "test:?size=320x180&fps=15";

for (const name of ["chromium", "firefox"] as const) {
  test(`<kinora-view> in ${name}`, { ...needs(name) }, async (t) => {
    const newPage = await openViewBrowser(t, name);
    const stage = await viewStage(t);
    const { server } = stage;
    server.addStream("second", CARD);
    server.addStream("lost", CARD);
    const page = await newPage();

    await t.test("several views move, over one connection to a server of another origin", async () => {
      await page.open(
        stage.page(
          `<script>firsts = 0; addEventListener("firstpicture", () => firsts++, true)</script>` +
            view(stage, 'id="one" src="main"') +
            view(stage, 'id="two" src="second"') +
            view(stage, `id="three" src="${stage.url}streams/second/live.mjpeg?fps=5"`),
        ),
      );

      await untilMoving(page, "#one");
      await untilMoving(page, "#two");
      await untilView(page, "a rate", ({ figures }) => (figures?.fps ?? 0) > 5, "#one");
      await untilView(page, "a live one", ({ status }) => status?.state === "live", "#one");
      const { figures } = await probe(page, "#one");
      assert.equal(stage.between.handshakes, 1);
      assert.equal(server.viewers.length, 3);
      assert.equal(figures?.mode, "socket");
      assert.equal(figures.width, 320);
      assert.ok(figures.ageMs !== null && figures.ageMs < 5_000, `an age of ${String(figures.ageMs)} ms`);
      await untilView(page, "a rate as asked", ({ figures: its }) => (its?.fps ?? 99) < 7, "#three");
      assert.equal(await page.evaluate("firsts"), 3);
    });

    await t.test("what is not seen is not sent: scrolled away, in a hidden page, taken out", async () => {
      await page.evaluate(`two.style.marginTop = "4000px"; three.remove()`);
      await untilViewers(stage, 1);
      await page.evaluate(`Object.defineProperty(document, "hidden", { configurable: true, value: true });
        document.dispatchEvent(new Event("visibilitychange"))`);
      await untilViewers(stage, 0);

      await page.evaluate(`delete document.hidden; document.dispatchEvent(new Event("visibilitychange"));
        two.style.marginTop = ""`);
      await untilViewers(stage, 2);
      await untilMoving(page, "#two");
      assert.equal(stage.between.handshakes, 1);
    });

    await t.test("one that is moved goes on, one that comes back begins anew", async () => {
      await page.evaluate(`document.body.append(one)`);
      await untilMoving(page, "#one");
      assert.equal(await page.evaluate("firsts"), 3);

      await page.evaluate(`kept = two; two.remove()`);
      await untilViewers(stage, 1);
      assert.equal(await page.evaluate("kept.status"), null);
      await page.evaluate(`document.body.append(kept)`);
      await untilMoving(page, "#two");
    });

    await t.test("attributes may change at any time", async () => {
      await page.evaluate(`one.src = "second"; one.query = "width=160"`);

      await untilView(page, "another size", ({ figures }) => figures?.width === 160, "#one");
      assert.match((await probe(page, "#one")).label ?? "", /second/);
      assert.deepEqual(viewersOf(stage), ["second", "second"]);
    });

    await t.test("says in words what became of its source, over the last picture", async () => {
      await page.open(stage.page(view(stage, 'src="lost"')));
      await untilMoving(page);
      server.setSource("lost", GONE);

      await untilView(
        page,
        "words",
        ({ status, words }) => status?.state === "down" && words.includes("127.0.0.1"),
      );
      assert.match((await probe(page)).words, /Trying again/);
      // Of another size: of the same one, the last picture of before could be taken for a new one.
      server.setSource("lost", "test:?size=160x90&fps=15");
      await untilView(
        page,
        "live again",
        ({ status, figures, words }) =>
          status?.state === "live" && figures?.width === 160 && words === "Live",
      );
      await untilMoving(page);
    });

    await t.test("says that there is no such stream", async () => {
      await page.open(stage.page(view(stage, 'src="nobody"')));

      await untilView(page, "a refusal", ({ status }) => status?.state === "refused");
      assert.match((await probe(page)).words, /^There is no stream "nobody" \(there are: .*\)\.$/);
    });

    await t.test("connects again when the server is back", async () => {
      await page.open(stage.page(view(stage, 'src="main"')));
      await untilMoving(page);
      await stage.stop();
      await untilView(page, "what is wrong", ({ words }) => /connection.*lost/i.test(words));
      await stage.start();

      await untilView(page, "live again", ({ status }) => status?.state === "live");
      await untilMoving(page);
      await untilView(page, "the socket", ({ figures }) => figures?.mode === "socket");
    });

    await t.test("says what cannot be reached from the start, and begins when it can", async () => {
      await stage.stop();
      const { host } = new URL(stage.url);
      await page.open(stage.page(view(stage, 'src="main"')));

      await untilView(
        page,
        "what is wrong",
        ({ words }) => words === `${host} cannot be reached. Trying again.`,
      );
      assert.equal((await probe(page)).status?.reason, `${host} cannot be reached.`);
      await stage.start();
      await untilView(page, "live", ({ words }) => words === "Live");
    });

    await t.test("says that it has no stream to show", async () => {
      await page.open(stage.page(view(stage, 'id="none"') + view(stage, 'id="other" src="main/there"')));

      const none = ({ words }: { words: string }) => words === "No stream: the attribute src names one.";
      await untilView(page, "that src is missing", none, "#none");
      assert.match((await probe(page, "#other")).words, /^No stream: src .* no address of one\.$/);
      await page.evaluate(`document.querySelector("#none").src = "main"`);
      await untilMoving(page, "#none");
      await page.evaluate(`document.querySelector("#none").removeAttribute("src")`);
      await untilView(page, "that src is missing", none, "#none");
    });
  });
}

test(
  "<kinora-view> of another origin needs the server's key, and has one connection for each",
  needs("chromium"),
  async (t) => {
    const stage = await viewStage(t, { key: "open-sesame" });
    const page = await (await openViewBrowser(t, "chromium"))();
    await page.open(
      stage.page(
        view(stage, 'id="one" src="main" key="open-sesame"') +
          view(stage, 'id="two" src="main"') +
          view(stage, 'id="three" src="main" key="open-barley"'),
      ),
    );

    await untilMoving(page, "#one");
    await untilView(page, "a refusal", ({ status }) => status?.state === "refused", "#two");
    await untilView(page, "a refusal", ({ status }) => status?.state === "refused", "#three");
    assert.equal((await probe(page, "#two")).words, "This server needs a key: the attribute key.");
    assert.equal((await probe(page, "#three")).words, "The key is wrong.");
    // Asked for a picture otherwise, the browser would ask its user for a password.
    const asked = `performance.getEntriesByType("resource").filter(({ name }) => name.includes("/streams/")).length`;
    assert.equal(await page.evaluate(asked), 0);
    await page.evaluate(`two.key = "open-sesame"`);
    await untilMoving(page, "#two");
  },
);

function view({ url }: ViewStage, attributes: string): string {
  return `<kinora-view server="${url}" style="width: 320px" ${attributes}></kinora-view>`;
}

async function untilViewers(stage: ViewStage, count: number): Promise<void> {
  await until(() => stage.server.viewers.length === count, `${count} viewers`, PATIENCE_MS);
}

function viewersOf({ server }: ViewStage): string[] {
  return server.viewers.map(({ stream }) => stream);
}
