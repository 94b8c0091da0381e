import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "./support/free-port.ts";
import { until } from "./support/until.ts";

const FOLDER = fileURLToPath(new URL("../examples/", import.meta.url));
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));

/** Runs an example as it is written, but for the port; it ends with the test. */
async function run(t: TestContext, name: string): Promise<{ port: number; output: () => string }> {
  const port = await freePort();
  const program = readFileSync(FOLDER + name, "utf8").replaceAll("8080", String(port));
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], { cwd: FOLDER });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  t.after(async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  return { port, output: () => output };
}

/** Whether a picture comes from there, or from where the page has its picture that is there. */
async function showsPicture(url: URL): Promise<boolean> {
  try {
    const { body, headers } = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    if (body === null) return false;
    const chunks: Uint8Array[] = [];
    // What fetch() gives are bytes, though its types say any.
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      if (isPicture(Buffer.concat(chunks))) return true;
    }
    const isPage = headers.get("content-type")?.startsWith("text/html") === true;
    const image = /<img src="([^"]+)"/.exec(Buffer.concat(chunks).toString())?.[1];
    return isPage && image !== undefined && (await showsPicture(new URL(image, url)));
  } catch {
    return false;
  }
}

function isPicture(bytes: Buffer): boolean {
  return bytes.indexOf(Buffer.of(0xff, 0xd8, 0xff)) !== -1;
}

for (const name of names) {
  test(`examples/${name} runs and shows a picture`, async (t) => {
    const { port, output } = await run(t, name);

    const url = new URL(`http://127.0.0.1:${port}/?action=snapshot`);
    await until(() => showsPicture(url), `a picture from ${name}`, 20_000);

    assert.doesNotMatch(output(), /Error|Warning/, output());
  });
}
