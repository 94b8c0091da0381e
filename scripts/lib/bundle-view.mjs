import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import ts from "typescript";
import { inProject } from "./project.mjs";

/** Types of the element that others see. */
const DECLARED = ["kinora-view.ts", "view-types.ts"];

/**
 * The options that scripts with `<kinora-view>` in them are bundled with.
 * @param {{ workerFile?: string }} options `workerFile` is the worker's file beside the bundle, which is used where the
 * page may run it; without one the worker is always made from text.
 * @returns {import("esbuild").BuildOptions}
 */
export function viewBundling({ workerFile } = {}) {
  return {
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    logLevel: "silent",
    define: { KINORA_WORKER_FILE: JSON.stringify(workerFile) ?? "undefined" },
    plugins: [engineAsFunction],
  };
}

/**
 * `kinora/view`: one file that needs no other.
 * @returns {Promise<string>}
 */
export async function bundleView() {
  return bundled("ui/view/kinora-view.ts", viewBundling());
}

/**
 * The declarations of `kinora/view`, file by file. Each file tells its types by itself (isolatedDeclarations).
 * @returns {Promise<Map<string, string>>} file names and texts
 */
export async function declareView() {
  const files = new Map();
  for (const name of DECLARED) {
    const text = await readFile(inProject("ui/view", name), "utf8");
    const { outputText } = ts.transpileDeclaration(text, {
      fileName: name,
      compilerOptions: { isolatedDeclarations: true, stripInternal: true, target: ts.ScriptTarget.ES2024 },
    });
    files.set(name.replace(/\.ts$/, ".d.ts"), outputText.replaceAll('.ts"', '.js"'));
  }
  return files;
}

/** Puts the engine into the bundle as one function; see ui/view/engine/engine-function.ts. */
const engineAsFunction = /** @type {import("esbuild").Plugin} */ ({
  name: "engine-as-function",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]view[\\/]engine[\\/]engine-function\.ts$/ }, async () => {
      const text = await bundled("ui/view/engine/engine.ts", {
        bundle: true,
        minify: true,
        format: "iife",
        globalName: "engine",
        target: "es2022",
        logLevel: "silent",
      });
      return { contents: `export function engineFunction(){${text};return engine}`, loader: "js" };
    });
  },
});

/**
 * @param {string} file
 * @param {import("esbuild").BuildOptions} options
 */
async function bundled(file, options) {
  const { outputFiles } = await build({ ...options, entryPoints: [inProject(file)], write: false });
  return outputFiles?.[0]?.text ?? "";
}
