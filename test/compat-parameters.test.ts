import assert from "node:assert/strict";
import test from "node:test";
import { readVariant } from "../src/core/read-variant.ts";
import { ownQuery } from "../src/delivery/compat/answer-as.ts";
import { FAMILIES } from "../src/delivery/compat/families.ts";
import { readLiveWish } from "../src/delivery/routes/live-wish.ts";
import { readSnapshotWish } from "../src/delivery/routes/snapshot-wish.ts";
import type { StreamStatus } from "../src/wire/api-types.ts";
import { everyAddress } from "./support/compat-table.ts";

const STATUS = { name: "door", width: 1280, height: 720 } as StreamStatus;

/** What a family's query becomes at the address of its that begins so. */
function mapped(name: string, query: string, at = ""): Record<string, string> {
  const family = FAMILIES.find((each) => each.name === name);
  const address = family?.addresses.find((each) => each.at.startsWith(at));
  assert.ok(family !== undefined && address !== undefined);
  return Object.fromEntries(ownQuery({ family, address }, new URLSearchParams(query), STATUS));
}

const CASES: readonly (readonly [family: string, query: string, becomes: Record<string, string>])[] = [
  ["axis", "resolution=640x480&compression=30", { width: "640", height: "480", quality: "70" }],
  ["axis", "compression=100", { quality: "1" }],
  ["axis", "compression=0", { quality: "100" }],
  [
    "axis",
    "req_fps=5&rotation=90&duration=10&nbrofframes=7",
    { fps: "5", rotate: "90", duration: "10", frames: "7" },
  ],
  ["axis", "fps=0&duration=0&nbrofframes=0&rotation=0", {}],
  ["axis", "clock=1&date=0&text=1&textstring=Front%20door", { time: "1", text: "Front door" }],
  ["axis", "text=0&textstring=hidden&clock=0", {}],
  ["axis", "resolution=VGA", { width: "640", height: "480" }],
  ["axis", "resolution=99999x1", { width: "4096", height: "1" }],
  ["axis", "resolution=0x0&compression=abc&fps=fast&rotation=45&camera=1&squarepixel=1", {}],
  ["zoneminder", "scale=50&maxfps=5.00&buffer=1000", { width: "640", fps: "5" }],
  ["zoneminder", "scale=100&maxfps=0", {}],
  ["blue-iris", "q=40&s=25", { quality: "40", width: "320" }],
  ["blue-iris", "w=800&h=600", { width: "800", height: "600" }],
  ["frigate", "fps=3&h=360&bbox=1&quality=70", { fps: "3", height: "360", quality: "70" }],
  ["frigate", "fps=1000&height=99999&timestamp=1700000000", { fps: "120", height: "4096" }],
  ["foscam", "resolution=32&rate=6&user=a&pwd=b", { width: "640", height: "480", fps: "10" }],
  ["foscam", "resolution=8&rate=0", { width: "320", height: "240" }],
  [
    "web-video-server",
    "width=320&height=240&quality=95&invert=1&type=mjpeg",
    {
      ...{ width: "320", height: "240", quality: "95", rotate: "180" },
    },
  ],
  ["go2rtc", "w=320&rotate=-90&cache=10s", { width: "320", rotate: "270", max_age: "10000" }],
  ["camera-streamer", "max_delay=300", { max_age: "300" }],
  ["camera-streamer", "max_delay=0", { after: "now" }],
  ["vivotek", "resolution=800x600&quality=3&channel=0", { width: "800", height: "600", quality: "70" }],
  ["agent-dvr", "size=640x480&maintainAR=false", { width: "640", height: "480", fit: "stretch" }],
  ["agent-dvr", "size=640x480&maintainAR=true&fitType=constructor", { width: "640", height: "480" }],
  ["motioneye", "width=0.5&height=abc", {}],
  // Junk that keeps caches away, and what the family does not know.
  ["mjpg-streamer", "action=stream&1700000000&cacheBust=1&timestamp=2&bypassCache=3&time=1700000000", {}],
  // Kinora's own parameters, where they are right.
  ["mjpg-streamer", "action=stream&width=640&fps=5&quality=0&rotate=45", { width: "640", fps: "5" }],
  ["ip-webcam", "width=640&time=1&layout=machine", { width: "640", time: "1", layout: "machine" }],
];

for (const [family, query, becomes] of CASES) {
  test(`what a client of ${family} asks is asked of Kinora: ${query}`, () => {
    assert.deepEqual(mapped(family, query), becomes);
  });
}

test("Motion's substream has half the size", () => {
  assert.deepEqual(mapped("motion", "", "/{stream}/mjpg/substream"), { width: "640" });
});

test("a wrong name of a viewer is told at every address: only Kinora's own clients send one", () => {
  const query = new URLSearchParams(mapped("simple", "viewer=a,b"));

  assert.throws(() => readLiveWish(query), /the parameter viewer/);
});

test("before the first picture there is nothing to take per cent of", () => {
  const family = FAMILIES.find(({ name }) => name === "zoneminder");
  const address = family?.addresses[0];
  assert.ok(family !== undefined && address !== undefined);
  const unknown: StreamStatus = { ...STATUS, width: null, height: null };

  const query = ownQuery({ family, address }, new URLSearchParams("scale=50"), unknown);

  assert.equal(query.size, 0);
});

test("no value that a client of any family may send is ever refused", () => {
  const values = [
    "",
    "0",
    "1",
    "-1",
    "1e9",
    "99999999999999999999",
    "NaN",
    "abc",
    "640x480",
    "%",
    "1,2",
    "10s",
    "a\u0000b",
  ];
  const own = [
    "width",
    "fit",
    "rotate",
    "crop",
    "text",
    "adapt",
    "frames",
    "max_age",
    "after",
    "wait",
    "warmup",
  ];

  for (const { family, address } of everyAddress()) {
    const names = (family.parameters ?? []).flatMap((each) => each.names);
    for (const value of [...values, "y".repeat(5_000)]) {
      const asked = new URLSearchParams();
      for (const name of [...names, ...own]) asked.set(name, value);
      if (names.includes("textstring")) asked.set("text", "1");
      const query = ownQuery({ family, address }, asked, STATUS);

      assert.doesNotThrow(() => [readLiveWish(query), readSnapshotWish(query), readVariant(query)]);
    }
  }
});
