import assert from "node:assert/strict";
import { test } from "node:test";
import { filesIn, textOf } from "./support/source-files.ts";

const ERRORS = "src/core/errors.ts";
const DOCUMENT = "docs/errors.md";

const codes = [...textOf(ERRORS).matchAll(/^ {2}\| "(ERR_\w+)"/gm)].map(([, code = ""]) => code);

test("docs/errors.md explains every error code, and no other", () => {
  const documented = [...textOf(DOCUMENT).matchAll(/^### (\w+)$/gm)].map(([, code = ""]) => code);

  assert.ok(codes.length > 20, "the codes are no longer found in errors.ts");
  assert.deepEqual(documented.sort(), codes.sort());
});

test("docs/errors.md says of each code what it means, its usual cause and what to do", () => {
  const sections = textOf(DOCUMENT).split(/^### /m).slice(1);

  const incomplete = sections.filter(
    (text) => !/^\w+\n\n\S[^]*\n\n- Usual cause: .*\n(.+\n)*- What to do: ./.test(text),
  );

  assert.deepEqual(
    incomplete.map((text) => text.split("\n", 1)[0]),
    [],
  );
});

test("every error code is used in the sources", () => {
  const sources = filesIn("src", ".ts")
    .filter((file) => file !== ERRORS)
    .map(textOf);

  const unused = codes.filter((code) => !sources.some((text) => text.includes(`"${code}"`)));

  assert.deepEqual(unused, []);
});
