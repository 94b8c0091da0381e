import { setTimeout as sleep } from "node:timers/promises";
import type { ViewFigures, ViewStatus } from "../../ui/view/view-types.ts";
import { loadSharp } from "../../src/images/sharp.ts";
import { READ_CARD, readCard } from "./read-card.ts";
import { until } from "./until.ts";
import type { ViewPage } from "./view-browser.ts";

/** What a view in a page says of itself. */
export interface Probe {
  readonly status: ViewStatus | null;
  readonly figures: ViewFigures | null;
  /** What can be read in it, or is announced. */
  readonly words: string;
  readonly scale: string;
  readonly label: string | null;
}

/** For a browser without a graphics card, beside everything else on two cores. */
export const PATIENCE_MS = 20_000;

/** Asks the view that matches. */
export async function probe(page: ViewPage, selector: string = "kinora-view"): Promise<Probe> {
  const text = await page.evaluate(`(() => {
    const view = document.querySelector(${JSON.stringify(selector)});
    const inside = (part) => view.shadowRoot.querySelector(part);
    return JSON.stringify({
      status: view.status,
      figures: view.figures,
      words: [".what", ".next"].map((part) => inside(part).textContent).join(" ").trim(),
      scale: inside(".picture")?.style.transform ?? "",
      label: inside(".stage").getAttribute("aria-label"),
    });
  })()`);
  return JSON.parse(String(text)) as Probe;
}

/** Waits until the view that matches is as wanted. */
export async function untilView(
  page: ViewPage,
  what: string,
  isSo: (probe: Probe) => boolean,
  selector: string = "kinora-view",
): Promise<void> {
  let last: Probe | undefined;
  try {
    await until(async () => isSo((last = await probe(page, selector))), what, PATIENCE_MS);
  } catch (error) {
    throw new Error(`${what}: ${JSON.stringify(last)}`, { cause: error });
  }
}

/** The number in the test card that the view's canvas holds; undefined where none can be read. Quicker than a screenshot. */
async function cardIn(page: ViewPage, selector: string): Promise<number | undefined> {
  const number = await page.evaluate(`(() => {
    const picture = document.querySelector(${JSON.stringify(selector)}).shadowRoot.querySelector("canvas");
    if (picture === null || picture.width === 0) return -1;
    const { width, height } = picture;
    const copy = new OffscreenCanvas(width, height).getContext("2d");
    copy.drawImage(picture, 0, 0);
    return ${READ_CARD}(copy.getImageData(0, 0, width, height).data, width, height) ?? -1;
  })()`);
  return number === -1 ? undefined : Number(number);
}

/** The number in the test card as it stands on the screen; undefined where none can be read. */
export async function cardOnScreen(
  page: ViewPage,
  selector: string = "kinora-view",
): Promise<number | undefined> {
  const text = await page.evaluate(
    `JSON.stringify(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`,
  );
  const { x, y, width, height } = JSON.parse(String(text)) as DOMRectReadOnlyLike;
  const box = {
    left: Math.round(x),
    top: Math.round(y),
    width: Math.round(width),
    height: Math.round(height),
  };
  const sharp = await loadSharp();
  const part = sharp(await page.screenshot()).extract(box);
  return readCard(await part.ensureAlpha().raw().toBuffer(), box.width, box.height);
}

/** Waits until the numbers in the view have risen some times, never back. */
export async function untilMoving(
  page: ViewPage,
  selector: string = "kinora-view",
  read: (page: ViewPage, selector: string) => Promise<number | undefined> = cardIn,
): Promise<void> {
  const seen: number[] = [];
  const look = async (): Promise<boolean> => {
    const number = await read(page, selector);
    const before = seen.at(-1) ?? -1;
    if (number !== undefined && number < before)
      throw new Error(`an older picture: ${number} after ${before}`);
    if (number !== undefined && number > before) seen.push(number);
    await sleep(20);
    return seen.length >= 4;
  };
  await until(look, "pictures that move", PATIENCE_MS);
}

interface DOMRectReadOnlyLike {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
