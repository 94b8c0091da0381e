import type { TestContext } from "node:test";
import { toJpeg } from "../../src/images/to-jpeg.ts";
import { parseAddress } from "../../src/sources/address.ts";
import type { Source } from "../../src/sources/source.ts";
import { INEXACT, openWatch } from "../../src/sources/watch-source.ts";
import type { Watching } from "../../src/sources/watch/watched-path.ts";
import { drawn } from "./pictures.ts";
import { Player } from "./player.ts";

/** The ways changes are found: by inotify; by Node's own means, without koffi; by looking, where nothing tells. */
export const WAYS: readonly (readonly [string, Watching | undefined])[] = [
  ["inotify", undefined],
  ["Node's events", INEXACT],
  ["looking", { open: () => undefined, tells: async () => false, isExact: false }],
];

/** A JPEG that no other number gives: its width is the number. It is no two times the same at its end, as a camera's. */
export function numbered(width: number): Promise<Buffer> {
  return drawn(
    "jpeg",
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="400"><rect width="100%" height="100%" fill="#a64"/>
    <text x="${width - 90}" y="${395 - (width % 7)}" font-size="40">${width}</text></svg>`,
  );
}

/** The source of a watched path. */
export function watch(path: string, watching?: Watching): Source {
  return openWatch(parseAddress(`watch:${path}`), toJpeg, watching);
}

/** A watched path, played until the test is over. */
export function playWatched(t: TestContext, path: string, watching?: Watching): Player {
  return new Player(t, watch(path, watching));
}
