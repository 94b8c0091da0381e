// Chromium with cameras of its own: they show a clock, and nobody is asked whether a page may use them.
import type { TestContext } from "node:test";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { pathOf } from "./programs.ts";
import { until } from "./until.ts";

/** For one step of a browser, on a busy machine. */
const STEP_MS = 30_000;

/** A name that the browser takes for this machine, as another device would: its pages by http are not secure. */
export const OTHER_NAME = "kinora.example";

/** What a browser has. */
export interface CameraBrowserOptions {
  /** How many cameras. */
  readonly cameras?: number;
  /** Whether it lets every page use them without a question. */
  readonly allows?: boolean;
}

/** Starts Chromium with cameras; it ends with the test. */
export async function cameraBrowser(
  t: TestContext,
  { cameras = 2, allows = true }: CameraBrowserOptions = {},
): Promise<Browser> {
  const quiet = ["background-networking", "component-update", "sync", "quic", "gpu"];
  const browser = await chromium.launch({
    executablePath: pathOf("chromium"),
    args: [
      "--no-sandbox",
      "--no-first-run",
      ...quiet.map((feature) => `--disable-${feature}`),
      `--use-fake-device-for-media-stream=device-count=${cameras},fps=30`,
      ...(allows ? ["--use-fake-ui-for-media-stream"] : []),
      `--host-resolver-rules=MAP ${OTHER_NAME} 127.0.0.1`,
    ],
    timeout: STEP_MS,
  });
  t.after(() => browser.close());
  return browser;
}

/** The page `/publish` in a browser profile of its own, as somebody would use it. */
export class PublishPage {
  readonly page: Page;
  /** What it told the console that is no lost connection. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(STEP_MS);
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      const isLost = message.text().includes("WebSocket connection");
      if (["error", "warning"].includes(message.type()) && !isLost) this.complaints.push(message.text());
    });
  }

  /** Opens an address; the page ends with the test. */
  static async open(
    t: TestContext,
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<PublishPage> {
    const context = await browser.newContext(options);
    t.after(() => context.close());
    const page = new PublishPage(await context.newPage());
    await page.page.goto(url);
    return page;
  }

  /** The big button. */
  async press(): Promise<void> {
    await this.page.click('[data-part="start"]');
  }

  /** The text of a marked element; empty while it is hidden. */
  async text(part: string): Promise<string> {
    const element = this.page.locator(`[data-part="${part}"]`);
    return (await element.isVisible()) ? ((await element.textContent()) ?? "") : "";
  }

  /** Waits until a marked element shows such a text. */
  async shows(part: string, text: RegExp): Promise<void> {
    let last = "";
    const matches = async () => text.test((last = await this.text(part)));
    await until(matches, `${String(text)} in "${part}"`, STEP_MS).catch((error: unknown) => {
      throw new Error(`"${part}" shows "${last}"`, { cause: error });
    });
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }
}
