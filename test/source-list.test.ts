import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { nameSources } from "../src/cli/stream-names.ts";
import { ImageServer } from "../src/index.ts";
import { readSourceList } from "../src/sources/source-list.ts";
import { temporaryFolder } from "./support/pictures.ts";
import { GREEN } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

test("a list is cut at commas that an address follows, and at no others", () => {
  const schemes = ["http", "folder", "exec", "test"];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["[test:]", ["test:"]],
    [" [ http://a/ , test: ] ", ["http://a/", "test:"]],
    ["[http://a/b,c?d=e,f:g,test:?size=1x1#preload]", ["http://a/b,c?d=e,f:g", "test:?size=1x1#preload"]],
    ["[http://user,name:pa,ss]word@[::1]/,test:]", ["http://user,name:pa,ss]word@[::1]/", "test:"]],
    ["[folder:/a, b/c,folder:/d]", ["folder:/a, b/c", "folder:/d"]],
    ["[test:, nosuch:a,other:b]", ["test:", "nosuch:a,other:b"]],
    ["[HTTP://A/,TEST:]#preload", ["HTTP://A/", "TEST:"]],
  ];

  for (const [text, members] of cases) assert.deepEqual(readSourceList(text, schemes).members, members);
});

test("a list that cannot be is refused with what is wrong, and without passwords", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["[", /has no \] at its end/],
    ["[test:", /has no \] at its end/],
    ["[http://u:s3cr3t@[::1]/", /has no \] at its end/],
    ["[]", /names no source/],
    ["[,test:]", /one comma too many/],
    ["[a]", /"a" is not a source/],
    ["[//u:s3cr3t@h/a,//v:s3cr3t@h/b]", /is not a source/],
    ["[test:, nosuch:thing]", /no source is called "nosuch:"/],
    ["[test:, [test:]]", /holds another list/],
    ["[test:]#prelod", /no option "prelod" \(it has: preload\)/],
    ["[test:, test:?size=1x1]", /test: size must be/],
    [`[${Array.from({ length: 100 }, () => "test:").join(", ")}]`, /holds 100, and 16 is the most/],
  ];

  for (const [source, sentence] of cases) {
    const refused = (error: Error) => sentence.test(error.message) && !error.message.includes("s3cr3t");
    assert.throws(() => new ImageServer({ source }), refused, source);
  }
  assert.throws(() => new ImageServer({ source: Array.from({ length: 17 }, () => "test:") }), /1 to 16/);
});

test("a list without a name is called as its first source is", () => {
  const lists = [
    "[http://u:p@cam.lan/a,b, test:]",
    "[folder:/my/pictures,test:]",
    "[camera:/dev/video0]",
    "[",
  ];

  const names = nameSources(lists).map(({ name }) => name);

  assert.deepEqual(names, ["cam.lan", "pictures", "video0", "stream"]);
});

test("options of a member are its own, and #preload counts wherever it stands", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "green.jpg"), GREEN);
  for (const list of [
    `[folder:${folder},test:]#preload`,
    `[folder:${folder}?fps=5#preload,test:?size=64x48]`,
  ]) {
    const server = new ImageServer();
    server.addStream("a", list);
    await server.start(0);
    t.after(() => server.stop());

    await until(() => server.streams[0]?.state === "live", `${list} to run without a viewer`);
  }
});
