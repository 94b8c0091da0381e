import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { sourceKinds } from "../src/app/source-kinds.ts";
import { ImageServer } from "../src/index.ts";
import { Command } from "./support/command.ts";
import { RED } from "./support/two-pictures.ts";

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const readme = read("README.md");

/** The rows of the table under a heading, each with its cells. */
function table(text: string, heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function codes(cell = ""): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = ""]) => code);
}

test("every kind of source is in README's table and in --help, and nothing else is", async () => {
  const schemes = [...sourceKinds.schemes].sort();
  const rows = table(readme, "Sources");

  const inReadme = new Set(rows.flatMap(([cell]) => codes(cell)).map((code) => code.split(":")[0]));
  const { stdout } = await Command.run(["--help"]);

  assert.deepEqual([...inReadme].sort(), schemes);
  for (const scheme of schemes)
    assert.match(stdout, new RegExp(`\\b${scheme === "https" ? "http" : scheme}:`));
});

test("every option of a source in README is one it has", async () => {
  for (const [source, , options] of table(readme, "Sources")) {
    const [first = ""] = codes(source);
    const address = first.replace("USER:PASSWORD@", "").replace("PATH", "x");
    if (address === "") continue;
    for (const option of codes(options)) {
      assert.doesNotThrow(() => new ImageServer({ source: address + option }), `${address}${option}`);
    }
  }
});

test("every address in README is answered", async (t) => {
  const server = new ImageServer();
  server.addStream("NAME", () => RED);
  await server.start(0);
  t.after(() => server.stop());
  const rows = table(readme, "Addresses");
  assert.ok(rows.length >= 6);

  for (const address of rows.flatMap(([cell]) => codes(cell)).filter((address) => address !== "/")) {
    const gone = new AbortController();
    const answer = await fetch(new URL(address, server.url), { signal: gone.signal });
    gone.abort();

    assert.equal(answer.status, 200, address);
  }
});

test("docs/http-api.md has every field of a stream's status, and no other", async (t) => {
  const server = new ImageServer({ source: () => RED });
  await server.start(0);
  t.after(() => server.stop());
  const rows = table(read("docs/http-api.md"), "`/api/streams`");

  const documented = rows.flatMap(([cell]) => codes(cell)).sort();

  assert.deepEqual(documented, Object.keys(server.streams[0] ?? {}).sort());
});

test("docs/http-api.md has every field of a viewer, and no other", async (t) => {
  const server = new ImageServer({ source: () => RED });
  await server.start(0);
  t.after(() => server.stop());
  const rows = table(read("docs/http-api.md"), "`/api/viewers`");
  const gone = new AbortController();
  await fetch(`${server.url ?? ""}video_feed`, { signal: gone.signal });
  const answer = await fetch(`${server.url ?? ""}api/viewers`);
  const [viewer = {}] = (await answer.json()) as object[];
  gone.abort();

  const documented = rows.map(([cell]) => codes(cell)[0]);

  assert.deepEqual(documented, Object.keys(viewer));
});

test("docs/http-api.md has every metric with its type, and no other", async (t) => {
  const server = new ImageServer({ source: () => RED });
  await server.start(0);
  t.after(() => server.stop());
  const text = await (await fetch(`${server.url ?? ""}metrics`)).text();
  const rows = table(read("docs/http-api.md"), "`/metrics`");

  const documented = rows.map(([cell, type = ""]) => `${codes(cell)[0] ?? ""} ${type}`);

  const declared = Array.from(text.matchAll(/^# TYPE (.*)$/gm), ([, metric]) => metric);
  assert.deepEqual(documented.sort(), declared.sort());
});

test("every flag of --help is in README or in the text around it, with its default", async () => {
  const { stdout } = await Command.run(["--help"]);

  const unwrapped = stdout.replaceAll(/\s+/g, " ");
  assert.match(unwrapped, /--port <number> [^)]*default: "8080"/);
  assert.match(unwrapped, /--host <address> [^)]*default: "127\.0\.0\.1"/);
  assert.match(readme, /--lan/);
  const flags = Array.from(stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm), ([, flag = ""]) => flag);
  const texts = ["README.md", "SECURITY.md", "docs/errors.md", "docs/http-api.md"].map(read).join("\n");
  const unknown = flags.filter((flag) => !new RegExp(`${flag}(?![\\w-])`).test(texts));
  assert.deepEqual(unknown, ["--version"]);
});
