// A browser as a person starts it, with its window on a screen of ours: no driver changes its settings, and nothing
// looks at its page from inside.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathOf } from "../../test/support/programs.ts";
import type { Screen } from "./paint-screen.ts";

/** The browsers that are measured, by their names as programs. */
export type BrowserName = "chromium" | "firefox";

/** All that a browser shows of itself on a new profile, and all it does in the background, would only be in the way. */
const FIREFOX_SETTINGS = {
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "datareporting.policy.dataSubmissionPolicyBypassNotification": true,
  "browser.tabs.warnOnClose": false,
  "termsofuse.bypassNotification": true,
  "browser.safebrowsing.downloads.remote.enabled": false,
  "extensions.getAddons.cache.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
};

/** Opens the address in a browser of its own, with a new profile. Returns the function that ends it. */
export async function openWindow(
  name: BrowserName,
  url: string,
  screen: Screen,
): Promise<() => Promise<void>> {
  const profile = await mkdtemp(join(tmpdir(), "kinora-paint-"));
  const args = name === "chromium" ? chromiumArgs(profile, screen) : await firefoxArgs(profile, screen);
  const env = { ...process.env, DISPLAY: screen.display, HOME: profile };
  const browser = spawn(pathOf(name), [...args, url], { env, stdio: "ignore" });
  const kill = () => browser.kill("SIGKILL");
  process.once("exit", kill);
  return async () => {
    process.off("exit", kill);
    await stop(browser);
    // Its other processes end a moment after it.
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
}

function chromiumArgs(profile: string, { width, height }: Screen): string[] {
  const off = ["background-networking", "component-update", "sync", "gpu"];
  return [
    `--user-data-dir=${profile}`,
    "--no-sandbox",
    "--test-type", // no bar that warns of the flag before this one
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    ...off.map((feature) => `--disable-${feature}`),
    "--window-position=0,0",
    `--window-size=${width},${height}`,
  ];
}

async function firefoxArgs(profile: string, { width, height }: Screen): Promise<string[]> {
  const lines = Object.entries(FIREFOX_SETTINGS).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await writeFile(join(profile, "user.js"), lines.join(""));
  return ["--no-remote", "--profile", profile, "--width", String(width), "--height", String(height)];
}

async function stop(browser: ChildProcess): Promise<void> {
  if (browser.exitCode !== null || browser.signalCode !== null) return;
  const exit = once(browser, "exit");
  browser.kill("SIGKILL");
  await exit;
}
