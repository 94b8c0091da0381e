// Real browsers for <kinora-view>: with keys, pointers, and as many pages as wanted, which browser.ts does not need.
import type { TestContext } from "node:test";
import type { BrowserName } from "./browser.ts";
import { launchChromium, launchFirefox, STEP_MS } from "./launch-browser.ts";

/** A page with views in it. */
export interface ViewPage {
  open(url: string): Promise<void>;
  /** The value of a JavaScript expression in the page, awaited there. */
  evaluate(expression: string): Promise<unknown>;
  /** Presses a key, as a person does, where the focus is. */
  press(key: string): Promise<void>;
  /** Moves the pointer there, in CSS pixels of the page. */
  point(x: number, y: number): Promise<void>;
  wheel(pixels: number): Promise<void>;
  /** A PNG of the page. */
  screenshot(): Promise<Uint8Array>;
}

/** A place on a page, in CSS pixels. */
export type Place = readonly [x: number, y: number];

/** One in Chromium, which can do more. */
export interface ChromiumPage extends ViewPage {
  /** Clicks the button of that name, in a view too. */
  click(name: string): Promise<void>;
  doubleClick(x: number, y: number): Promise<void>;
  /** Presses, moves in some steps and releases. */
  drag(from: Place, to: Place): Promise<void>;
  /** What fingers on the screen do, and where those that touch it are. */
  touch(type: "touchStart" | "touchMove" | "touchEnd", fingers: readonly Place[]): Promise<void>;
}

/** How a page is shown. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

const USUAL: Screen = { width: 1280, height: 900 };
/** Starts a browser; returns what opens pages in it. All of it ends with the test. */
export async function openViewBrowser(
  t: Pick<TestContext, "after">,
  name: BrowserName,
): Promise<(screen?: Screen) => Promise<ViewPage>> {
  return name === "chromium" ? openChromium(t) : startFirefox(t);
}

/** The same of Chromium alone. */
export async function openChromium(
  t: Pick<TestContext, "after">,
): Promise<(screen?: Screen) => Promise<ChromiumPage>> {
  const browser = await launchChromium(t);
  return async ({ dark = false, ...viewport } = USUAL) => {
    const page = await browser.newPage({ viewport, colorScheme: dark ? "dark" : "light" });
    page.setDefaultTimeout(STEP_MS);
    const session = await page.context().newCDPSession(page);
    return {
      async open(url) {
        await page.goto(url, { waitUntil: "load" });
      },
      click: (name) => page.getByRole("button", { name }).click(),
      doubleClick: (x, y) => page.mouse.dblclick(x, y),
      async drag(from, to) {
        await page.mouse.move(...from);
        await page.mouse.down();
        await page.mouse.move(...to, { steps: 4 });
        await page.mouse.up();
      },
      async touch(type, fingers) {
        const touchPoints = fingers.map(([x, y], id) => ({ x, y, id }));
        await session.send("Input.dispatchTouchEvent", { type, touchPoints });
      },
      evaluate: (expression) => page.evaluate<unknown>(expression),
      press: (key) => page.keyboard.press(key),
      point: (x, y) => page.mouse.move(x, y),
      wheel: (pixels) => page.mouse.wheel(0, pixels),
      screenshot: () => page.screenshot(),
    };
  };
}

async function startFirefox(t: Pick<TestContext, "after">): Promise<(screen?: Screen) => Promise<ViewPage>> {
  const browser = await launchFirefox(t);
  return async ({ width, height } = USUAL) => {
    const page = await browser.newPage();
    await page.setViewport({ width, height });
    return {
      async open(url) {
        await page.goto(url, { waitUntil: "load" });
      },
      evaluate: (expression) => page.evaluate(expression),
      press: (key) => page.keyboard.press(key as "Enter"),
      point: (x, y) => page.mouse.move(x, y),
      wheel: (pixels) => page.mouse.wheel({ deltaY: pixels }),
      screenshot: () => page.screenshot(),
    };
  };
}
