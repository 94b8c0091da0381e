import type { TestContext } from "node:test";
import type { Browser as Chromium } from "playwright-core";
import type { Browser as Firefox } from "puppeteer-core";
import { pathOf } from "./programs.ts";

/** For one step of a browser, on a busy machine. */
export const STEP_MS = 30_000;

const QUIET = ["background-networking", "component-update", "sync", "quic", "gpu"];

/** Starts Chromium, driven by playwright-core; it ends with the test. */
export async function launchChromium(t: Pick<TestContext, "after">): Promise<Chromium> {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: pathOf("chromium"),
    args: ["--no-sandbox", "--no-first-run", ...QUIET.map((feature) => `--disable-${feature}`)],
    timeout: STEP_MS,
  });
  t.after(() => browser.close());
  return browser;
}

/** Starts Firefox, driven by puppeteer-core over WebDriver BiDi; it ends with the test. */
export async function launchFirefox(t: Pick<TestContext, "after">): Promise<Firefox> {
  const { launch } = await import("puppeteer-core");
  const browser = await launch({
    browser: "firefox",
    executablePath: pathOf("firefox"),
    headless: true,
    timeout: STEP_MS,
    protocolTimeout: STEP_MS,
  });
  t.after(async () => {
    // One that hangs must not outlive the test.
    const timer = setTimeout(() => browser.process()?.kill("SIGKILL"), 10_000);
    await browser.close();
    clearTimeout(timer);
  });
  return browser;
}
