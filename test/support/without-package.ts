import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What `--import` makes Node behave with as if the package were not installed. */
export function withoutPackage(name: string): string {
  const hooks = `import { registerHooks } from "node:module";
    registerHooks({ resolve(name, context, next) {
      if (name === ${JSON.stringify(name)})
        throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(name, context);
    } });`;
  return `data:text/javascript,${encodeURIComponent(hooks)}`;
}

/** Runs a module's text in a Node of its own without that package; what it prints. */
export async function runWithout(name: string, program: string): Promise<string> {
  const args = ["--import", withoutPackage(name), "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  return stdout;
}
