// How long after the command its first answers come: the page, and the first picture of a test card.
//   node bench/start.bench.ts [--quick]     (after npm run build)
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort } from "../test/support/free-port.ts";
import { QUICK, reportMachine } from "./support/report.ts";

const RUNS = QUICK ? 3 : 9;
const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

reportMachine();
for (const [what, path, type] of [
  ["the page", "/", "text/html; charset=utf-8"],
  ["the first picture", "/streams/test/snapshot.jpg", "image/jpeg"],
] as const) {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push(await firstAnswer(path, type));
  const middle = times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? NaN;
  const range = `${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)}`;
  console.log(`${what}: ${middle.toFixed(0)} ms after the command (median of ${RUNS}, ${range})`);
}

async function firstAnswer(path: string, type: string): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN, "--port", String(port), "test:"], { stdio: "ignore" });
  try {
    const answer = await asked(`http://127.0.0.1:${port}${path}`, startedAt + 10_000);
    const tookMs = performance.now() - startedAt;
    assert.equal(answer.headers.get("content-type"), type);
    return tookMs;
  } finally {
    child.kill("SIGINT");
    await once(child, "exit");
  }
}

/** Asks again and again until the server listens. */
async function asked(url: string, deadline: number): Promise<Response> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) {
      await answer.arrayBuffer();
      return answer;
    }
    assert.ok(performance.now() < deadline, `${url} did not answer`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
