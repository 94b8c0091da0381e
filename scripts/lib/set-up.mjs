import { build, isBuilt } from "./build.mjs";
import { install, isInstalled } from "./install.mjs";
import { alone } from "./lock.mjs";

/** Installs and builds what is missing or out of date; nothing is said when nothing is. */
export async function setUp() {
  await setUpPackages();
  await setUpBuild();
}

/** Installs what is missing. */
export async function setUpPackages() {
  if (isInstalled()) return;
  await alone(async (holds) => {
    if (isInstalled()) return; // by the one this one waited for
    say("Installing… (a minute the first time)");
    await install(holds);
  });
}

/** Builds when anything has changed. */
export async function setUpBuild() {
  if (isBuilt()) return;
  await alone(async (holds) => {
    if (isBuilt()) return;
    say("Building…");
    await build(holds);
  });
}

/** Builds, whether anything has changed or not. */
export async function rebuild() {
  await setUpPackages();
  say(await alone(build));
}

/** Progress goes to stderr: stdout belongs to the command that runs next. */
function say(/** @type {string} */ text) {
  process.stderr.write(`${text}\n`);
}
