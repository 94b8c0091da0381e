import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { sourceKinds } from "../src/app/source-kinds.ts";
import { ImageServer } from "../src/index.ts";

const text = readFileSync(new URL("../docs/sources.md", import.meta.url), "utf8");

/** The sections of the page, each with its heading. */
const sections = text
  .split("\n## ")
  .slice(1)
  .map((section) => ({ heading: section.split("\n")[0] ?? "", body: section }));

/** The schemes that a section speaks of: those of its heading, and those that it lists with two slashes. */
function schemesOf({ heading, body }: { heading: string; body: string }): string[] {
  const named = Array.from(heading.matchAll(/\b([a-z]+):/g), ([, scheme = ""]) => scheme);
  if (named.length < 2) return named;
  const listed = Array.from(body.matchAll(/`([a-z]+):\/\/`/g), ([, scheme = ""]) => scheme);
  return [...named, ...listed];
}

test("every kind of source has a section, and every section is of a kind there is", () => {
  const described = new Set(sections.flatMap(schemesOf));

  assert.deepEqual([...described].sort(), [...sourceKinds.schemes].sort());
});

test("the line at the head of every section can be pasted behind the command", () => {
  for (const section of sections) {
    const address = exampleOf(section);

    assert.doesNotThrow(() => new ImageServer({ source: address }), `${section.heading}: ${address}`);
  }
});

test("every option of a source that its section lists is one it has", () => {
  for (const section of sections) {
    const options = Array.from(section.body.matchAll(/^\| `(\w+)`/gm), ([, option = ""]) => option);
    for (const option of options) {
      // A value that is wrong is refused for what it is; an option that is not there, for that.
      const refusal = refusalOf(`${exampleOf(section).replace(/[?#].*/, "")}#${option}=nonsense`);

      assert.doesNotMatch(refusal, /has no option/, `${section.heading}: ${option}`);
    }
  }
});

/** The address at the head of a section, without quotes and without the name of a stream. */
function exampleOf({ body }: { body: string }): string {
  const line = /^```\n(.*)\n```$/m.exec(body)?.[1] ?? "";
  const word = /^'([^']*)'|^\S+/.exec(line);
  return (word?.[1] ?? word?.[0] ?? "").replace(/^\w+=/, "");
}

function refusalOf(address: string): string {
  try {
    new ImageServer({ source: address });
    return "";
  } catch (error) {
    return String(error);
  }
}
