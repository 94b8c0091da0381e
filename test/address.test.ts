import assert from "node:assert/strict";
import test from "node:test";
import { nameSources } from "../src/cli/stream-names.ts";
import { parseAddress } from "../src/sources/address.ts";

test("an address is taken apart into scheme, target and options", () => {
  const { scheme, target, options } = parseAddress("folder:/my pictures?fps=2&loop=false#preload");

  assert.equal(scheme, "folder");
  assert.equal(target, "/my pictures");
  assert.equal(options.number("fps", 0.1, 60, "fps"), 2);
  assert.equal(options.flag("loop"), false);
  assert.equal(options.flag("preload"), true);
});

test("the query of a URL belongs to the camera, and only the fragment is ours", () => {
  const { target, options } = parseAddress("http://cam/video?a=1&b=2#poll=500ms");

  assert.equal(target, "http://cam/video?a=1&b=2");
  assert.equal(options.duration("poll", 10, 60_000), 500);
  options.end();
});

test("escapes stand for the three characters that would end a path, and a stray per cent sign for itself", () => {
  assert.equal(parseAddress("folder:/a%3Fb%23c%25d 100% e").target, "/a?b#c%d 100% e");
});

test("what is no address is refused with examples", () => {
  const refusals: readonly [string, RegExp][] = [
    ["/pictures", /write file:\/pictures for a video, folder:\/pictures /],
    ["film.mp4", /write file:film\.mp4 for a video/],
    ["/dev/video1", /write camera:\/dev\/video1/],
    ["screen", /write screen: if that is/],
    ["two words", /write test:, folder:PATH, .* into quotes/],
  ];

  for (const [text, message] of refusals) {
    assert.throws(() => parseAddress(text), { code: "ERR_ADDRESS_INVALID", message }, text);
  }
});

test("a time without its unit is refused", () => {
  const { options } = parseAddress("file:x#start=10");

  assert.throws(() => options.duration("start", 0, 60_000), { message: /such as 500ms or 2s, got "10"/ });
});

test("an option that looks like the rest of a name is told how to write it", () => {
  const { options } = parseAddress("file:/my film #1.mp4");

  assert.throws(() => options.end(), { message: /has no option "1\.mp4" .* is written %3F or %23/ });
});

test("options that are unknown, out of range or of the wrong kind are named", () => {
  const { options } = parseAddress("test:?size=99999x1&fps=-1&lop=true&loop=maybe");

  assert.throws(() => options.size("size"), { message: /WIDTHxHEIGHT/ });
  assert.throws(() => options.number("fps", 0.1, 60, "fps"), { message: /from 0.1 to 60 \(fps\), got "-1"/ });
  assert.throws(() => options.flag("loop"), { message: /true or false/ });
  assert.throws(() => options.end(), { message: 'test: has no option "lop" (it has: fps, loop, size)' });
});

test("streams are named by their word, their device, their folder or their host, and never twice the same", () => {
  const names = nameSources([
    "front=http://10.0.0.7/a=b",
    "camera:/dev/video0?fps=5",
    "camera:/dev/video0",
    "folder:/some/pics/",
    "http://me:secret@cam.lan:81/v?x=1",
    "test:",
    "http://x/?a=b",
  ]).map(({ name }) => name);

  assert.deepEqual(names, ["front", "video0", "video0-2", "pics", "cam.lan", "test", "x"]);
});
