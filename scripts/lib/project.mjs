// Where the project is and which programs run it. Plain JavaScript for any Node from 20 on: it runs before anything is installed.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "./failure.mjs";

/** The project's folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Absolute path of something in the project. */
export const inProject = (/** @type {string[]} */ ...parts) => path.join(root, ...parts);

/** Where the npm package `node` puts its program. */
export const ownNode = inProject("node_modules/node/bin/node");

/** The oldest Node that runs Kinora, as in package.json's `engines`. */
const OLDEST = { major: 22, minor: 13 };

/**
 * The Node that builds, runs and tests Kinora: its own one, else the machine's when that is new enough.
 * @throws {Failure} when there is neither.
 */
export function projectNode() {
  if (existsSync(ownNode)) return ownNode;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return process.execPath;
  throw new Failure(
    `No Node to run Kinora: the npm package "node" did not bring its program (were install scripts blocked?), and this machine's ` +
      `Node ${process.versions.node} is older than ${OLDEST.major}.${OLDEST.minor}. ` +
      `Allow install scripts and delete node_modules, or install Node ${OLDEST.major}.${OLDEST.minor} or later.`,
  );
}

/**
 * How to run npm: with the Node that npm itself runs on, because the project's own one vanishes while `npm ci` works.
 * @returns {{ command: string, args: string[], env: NodeJS.ProcessEnv }}
 */
export function npm() {
  const { npm_execpath: script = "", npm_node_execpath: node = "" } = process.env;
  const env = { ...process.env, PATH: pathOfMachine() };
  if (path.basename(script) === "npm-cli.js" && existsSync(node))
    return { command: node, args: [script], env };
  return { command: "npm", args: [], env };
}

/** PATH without the project's own programs, which `npm run` puts first and `npm ci` is about to replace. */
function pathOfMachine() {
  const bin = path.join("node_modules", ".bin");
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders.filter((folder) => !folder.endsWith(bin)).join(path.delimiter);
}
