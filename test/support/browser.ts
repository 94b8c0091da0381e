// Real browsers behind one small face: Chromium driven by playwright-core, Firefox by puppeteer-core over WebDriver BiDi.
import type { TestContext } from "node:test";
import { loadSharp } from "../../src/images/sharp.ts";
import { launchChromium, launchFirefox, STEP_MS } from "./launch-browser.ts";

/** The browsers that tests drive, by their names as programs. */
export type BrowserName = "chromium" | "firefox";

/** Pixels of one element as they are on the screen, four bytes each. */
export interface Shot {
  readonly rgba: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A page of a browser. */
export interface Page {
  /** Opens an address, as soon as its document is there: a page with live pictures is never complete. */
  open(url: string): Promise<void>;
  /** The value of a JavaScript expression in the page. */
  evaluate(expression: string): Promise<unknown>;
  /**
   * What a person would see of every element that matches, from one screenshot: to draw an `<img>` with several parts
   * on a canvas gives Firefox's first one for ever.
   */
  look(selector: string): Promise<Shot[]>;
}

const SCREEN = { width: 1280, height: 900 };

/** Starts a browser with one page; both end with the test. */
export async function openPage(t: TestContext, name: BrowserName): Promise<Page> {
  return name === "chromium" ? openChromium(t) : openFirefox(t);
}

async function openChromium(t: TestContext): Promise<Page> {
  const browser = await launchChromium(t);
  const page = await browser.newPage({ viewport: SCREEN });
  page.setDefaultTimeout(STEP_MS);
  return pageOf({
    open: (url) => page.goto(url, { waitUntil: "domcontentloaded" }),
    evaluate: (expression) => page.evaluate<unknown>(expression),
    screenshot: () => page.screenshot(),
  });
}

async function openFirefox(t: TestContext): Promise<Page> {
  const browser = await launchFirefox(t);
  const page = await browser.newPage();
  await page.setViewport(SCREEN);
  return pageOf({
    open: (url) => page.goto(url, { waitUntil: "domcontentloaded" }),
    evaluate: (expression) => page.evaluate(expression),
    screenshot: () => page.screenshot(),
  });
}

interface Driver {
  open(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  screenshot(): Promise<Uint8Array>;
}

/** Where an element is, in CSS pixels, which are the screenshot's. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function pageOf(driver: Driver): Page {
  return {
    async open(url) {
      await driver.open(url);
    },
    evaluate: (expression) => driver.evaluate(expression),
    async look(selector) {
      const rects = `[...document.querySelectorAll(${JSON.stringify(selector)})]
        .map((element) => element.getBoundingClientRect().toJSON())`;
      const boxes = (await driver.evaluate(rects)) as Box[];
      const png = await driver.screenshot();
      return Promise.all(boxes.map((box) => crop(png, box)));
    },
  };
}

/** Only whole pixels on the screen, none of what is beside the box. What cannot be seen has no pixels. */
async function crop(png: Uint8Array, { x, y, width, height }: Box): Promise<Shot> {
  const left = Math.max(0, Math.ceil(x));
  const top = Math.max(0, Math.ceil(y));
  const right = Math.min(SCREEN.width, Math.floor(x + width));
  const bottom = Math.min(SCREEN.height, Math.floor(y + height));
  if (right <= left || bottom <= top) return { rgba: new Uint8Array(0), width: 0, height: 0 };
  const size = { width: right - left, height: bottom - top };
  const sharp = await loadSharp();
  const part = sharp(png).extract({ left, top, ...size });
  return { rgba: await part.ensureAlpha().raw().toBuffer(), ...size };
}
