import assert from "node:assert/strict";
import test from "node:test";
import { clashRows, familyRows } from "./support/compat-table.ts";
import { tableRows, textOf } from "./support/source-files.ts";

const DOCUMENT = "docs/compat.md";
const rows = tableRows(DOCUMENT);

/** The rows of the table whose first heading is that. */
function tableUnder(heading: string): readonly (readonly string[])[] {
  const begin = rows.findIndex(([first]) => first === heading);
  assert.notEqual(begin, -1, `docs/compat.md has no table "${heading}"`);
  const end = rows.findIndex(
    ([first = ""], at) => at > begin + 1 && ["address", "family", "of"].includes(first),
  );
  return rows.slice(begin + 2, end === -1 ? undefined : end);
}

test("docs/compat.md has every family with its addresses and parameters, in the order in which they are asked", () => {
  assert.deepEqual(tableUnder("family"), familyRows());
});

test("docs/compat.md has every address that more than one family has, and who answers it", () => {
  assert.deepEqual(tableUnder("address"), clashRows());
});

test("README and the command speak of what docs/compat.md tells", () => {
  assert.match(textOf("README.md"), /\(docs\/compat\.md\)/);
  assert.match(textOf("docs/http-api.md"), /\(compat\.md\)/);
  assert.match(textOf("src/cli/run.ts"), /--compat <list>/);
});
