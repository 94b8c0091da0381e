import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { Failure } from "./failure.mjs";
import { inProject, projectNode } from "./project.mjs";
import { run } from "./run.mjs";

/** Everything that decides what dist/ holds. */
const INPUTS = [
  "src",
  "ui",
  "scripts/lib/build.mjs",
  "scripts/lib/bundle-view.mjs",
  "tsconfig.json",
  "tsconfig.build.json",
  "package.json",
  "package-lock.json",
];

const DIST = inProject("dist");

/** The scripts of the pages, each bundled with all that it imports; encoder, ticker and worker are workers. */
const SCRIPTS = {
  page: "ui/page.ts",
  publish: "ui/publish/publish.ts",
  "publish-encoder": "ui/publish/encoder.ts",
  "publish-ticker": "ui/publish/ticker.ts",
  // <kinora-view> for any page, from the server itself. Its worker stands alone, as Kinora's own page may have no other.
  "kinora-view": "ui/view/kinora-view.ts",
  "kinora-view-worker": "ui/view/engine/worker.ts",
};

/** A build is made here and moved to dist/ when it is whole: an interrupted one leaves the one before as it was. */
const STAGE = inProject(".cache/build");

/** What dist/ was built from. */
const STAMP = ".kinora-build";

/** Whether dist/ was built from what is there now. */
export function isBuilt() {
  try {
    return readFileSync(path.join(DIST, STAMP), "utf8") === fingerprint();
  } catch {
    return false;
  }
}

/**
 * Builds src/ and ui/ into dist/, with nothing left of what was there before.
 * @param {(group: number) => void} holds told the process group that does it
 * @returns {Promise<string>} one line about what was bundled for the browser
 * @throws {Failure} with the compiler's output.
 */
export async function build(holds) {
  const builtFrom = fingerprint(); // first, so that what changes meanwhile is built the next time
  rmSync(STAGE, { recursive: true, force: true });
  try {
    await compile(holds);
    copyOthers(inProject("src"), STAGE);
    const command = path.join(STAGE, "cli/main.js");
    if (existsSync(command)) chmodSync(command, 0o755);
    const sizes = await bundlePage();
    writeFileSync(path.join(STAGE, STAMP), builtFrom);
    replaceDist();
    return sizes;
  } finally {
    rmSync(STAGE, { recursive: true, force: true });
  }
}

/** @param {(group: number) => void} holds */
async function compile(holds) {
  try {
    const tsc = inProject("node_modules/typescript/bin/tsc");
    await run(projectNode(), [tsc, "-p", "tsconfig.build.json", "--outDir", STAGE], {
      name: "tsc",
      started: holds,
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`Could not build Kinora: ${error.message}.`, error.output);
  }
}

/** Bundles the pages for the browser; what they only refer to is copied. */
async function bundlePage() {
  const { build: bundle } = await import("esbuild");
  const outdir = path.join(STAGE, "ui");
  copyOthers(inProject("ui"), outdir);
  putIconsIn(outdir);
  const { bundleView, declareView, viewBundling } = await import("./bundle-view.mjs");
  await bundle({
    ...viewBundling({ workerFile: "kinora-view-worker.js" }),
    entryPoints: Object.entries(SCRIPTS).map(([out, file]) => ({ in: inProject(file), out })),
    outdir,
  }).catch((/** @type {Error} */ error) => {
    throw new Failure("Could not bundle the pages in ui/.", error.message);
  });
  const view = path.join(STAGE, "view");
  mkdirSync(view, { recursive: true });
  writeFileSync(path.join(view, "kinora-view.js"), await bundleView());
  for (const [name, text] of await declareView()) writeFileSync(path.join(view, name), text);
  return ["page.js", "publish.js", "kinora-view.js"]
    .map((name) => size(name, readFileSync(path.join(outdir, name))))
    .join(", ");
}

/**
 * Puts the icons into every page, so that they are there with it and written once.
 * @param {string} folder
 */
function putIconsIn(folder) {
  const icons = path.join(folder, "icons.svg");
  if (!existsSync(icons)) return;
  const text = readFileSync(icons, "utf8");
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".html"))) {
    const page = path.join(folder, name);
    writeFileSync(
      page,
      readFileSync(page, "utf8").replace("<!-- icons.svg -->", () => text),
    );
  }
  rmSync(icons);
}

/**
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function size(name, bytes) {
  return `dist/ui/${name} ${kilobytes(bytes)} (${kilobytes(gzipSync(bytes))} with gzip)`;
}

/**
 * Copies all that is not TypeScript: fonts, pictures, pages, styles.
 * @param {string} from
 * @param {string} to
 */
function copyOthers(from, to) {
  cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith(".ts") });
}

function replaceDist() {
  const before = inProject(".cache/dist-before");
  rmSync(before, { recursive: true, force: true });
  if (existsSync(DIST)) renameSync(DIST, before);
  renameSync(STAGE, DIST);
  rmSync(before, { recursive: true, force: true });
}

/** @param {Uint8Array} bytes */
function kilobytes(bytes) {
  return `${(bytes.length / 1000).toFixed(1)} kB`;
}

/** Path, time and size of every input: reading them all takes ten times as long, on every start. */
function fingerprint() {
  const hash = createHash("sha256");
  for (const input of INPUTS) {
    if (existsSync(inProject(input))) describe(inProject(input), hash);
  }
  return hash.digest("hex");
}

/**
 * @param {string} place
 * @param {import("node:crypto").Hash} hash
 */
function describe(place, hash) {
  const stats = statSync(place);
  if (!stats.isDirectory()) return void hash.update(`${place}\0${stats.mtimeMs}\0${stats.size}\n`);
  for (const name of readdirSync(place).sort()) describe(path.join(place, name), hash);
}
