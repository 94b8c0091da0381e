// How long a picture takes from the source's hand to the screen, in real browsers, their windows on an X server without
// a monitor:
//   node bench/paint.bench.ts [--quick]     (after npm run build)
// A picture counts from the moment the source hands it over until a look at the screen has shown it, or a newer one.
// Whatever else the machine does is in the figures: as root, `chrt -r 1` before the command keeps it out.
import assert from "node:assert/strict";
import os from "node:os";
import { program } from "../test/support/programs.ts";
import { openWindow, type BrowserName } from "./support/paint-browser.ts";
import { paintPictures } from "./support/paint-pictures.ts";
import { PaintReader } from "./support/paint-reader.ts";
import { goStill, runSlowly, runStream } from "./support/paint-scenes.ts";
import { Screen } from "./support/paint-screen.ts";
import { PaintStream, type Published } from "./support/paint-stream.ts";
import { PaintWatch } from "./support/paint-watch.ts";
import { QUICK, reportMachine } from "./support/report.ts";

/** One refresh of a screen of 60 Hz and 20 ms. */
const BAR_MS = 1000 / 60 + 20;
const SIZE = { width: 1280, height: 900 };
/** A browser's first pictures wait for its decoder to start and its code to be compiled. */
const WARM_UP = QUICK ? 10 : 60;
/** For the last picture of a scene to be seen; as long only when it never is. */
const PATIENCE_MS = 3_000;

const WAYS = { page: "Kinora's page", image: "<img>" } as const;
const SCENES = [
  ["1 fps", runSlowly, QUICK ? 1 : 10],
  ["gone still", goStill, QUICK ? 1 : 10],
  ["30 fps", runStream, QUICK ? 15 : 300],
] as const;

reportMachine();
const pictures = await paintPictures();
const browsers = (["chromium", "firefox"] as const).filter(isThere);
console.log(
  `\n| browser | through | scene | pictures | median | 95 % | longest | within ${BAR_MS.toFixed(1)} ms |`,
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const browser of browsers) {
  if (!QUICK || browser === "chromium") await measure(browser, "page");
  if (!QUICK || browser === "firefox") await measure(browser, "image");
}

function isThere(name: BrowserName): boolean {
  const missing = [name, "xvfb" as const].find((needed) => program(needed) === undefined);
  if (missing !== undefined) console.log(`${name} is not measured: ${missing} is not installed`);
  return missing === undefined;
}

async function measure(browser: BrowserName, way: keyof typeof WAYS): Promise<void> {
  const screen = await Screen.open(SIZE.width, SIZE.height);
  const stream = await PaintStream.open(pictures);
  const reader = new PaintReader(stream.port);
  const closeWindow = await openWindow(browser, way === "page" ? stream.pageUrl : stream.imageUrl, screen);
  try {
    const watch = await PaintWatch.open(screen, stream);
    await runStream(stream, WARM_UP);
    const published: Published[] = [];
    const before = { idleMs: idleMs(), at: performance.now() };
    for (const [scene, run, count] of SCENES) {
      const measured = await run(stream, count);
      assert.ok(
        await watch.showsNewest(PATIENCE_MS),
        `${browser}, ${scene}: the newest picture is never seen`,
      );
      const delays = watch.delays(measured);
      tell(`| ${browser} | ${WAYS[way]} | ${scene}`, delays);
      published.push(...measured);
    }
    await watch.close();
    const idle = ((idleMs() - before.idleMs) / os.cpus().length / (performance.now() - before.at)) * 100;
    const [bytes] = spread(reader.delays(published));
    console.log(
      `(${browser}, ${WAYS[way]}: last byte after ${bytes} ms; ${watch.looks} looks; machine ${idle.toFixed(0)} % idle)`,
    );
  } finally {
    await closeWindow();
    await screen.close();
    reader.close();
    await stream.close();
  }
}

function tell(what: string, delays: readonly number[]): void {
  const [median, most, longest] = spread(delays);
  const within = (delays.filter((delay) => delay <= BAR_MS).length / delays.length) * 100;
  console.log(
    `${what} | ${delays.length} | ${median} ms | ${most} ms | ${longest} ms | ${within.toFixed(1)} % |`,
  );
}

function spread(delays: readonly number[]): readonly [median: string, most: string, longest: string] {
  const sorted = delays.toSorted((one, other) => one - other);
  const at = (share: number) => (sorted[Math.ceil(sorted.length * share) - 1] ?? NaN).toFixed(1);
  return [at(0.5), at(0.95), at(1)];
}

/** Time that the processors had nothing to do, of all together. */
function idleMs(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.idle, 0);
}
