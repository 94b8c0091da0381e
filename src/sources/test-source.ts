import { MjpegError } from "../core/errors.ts";
import type { SourceAddress } from "./address.ts";
import { Pace } from "./pace.ts";
import type { Source } from "./source.ts";

/** A card that is drawn anew for each frame; the app passes it in, as sources draw nothing. */
export interface TestCard {
  /** The card with that frame number and time (milliseconds since the epoch) as a JPEG. Called again only when that is there. */
  paint(frame: number, at: number): Promise<Uint8Array>;
}

/** Prepares a card of that size in pixels, which says that it moves at `fps` and is called `title`. */
export type TestCardMaker = (card: {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly title: string;
}) => Promise<TestCard>;

/**
 * `test:?size=1280x720&fps=30`: a moving test card with the stream's name, the time and the frame number. It counts on
 * over pauses; where it cannot be drawn as fast as asked for, it comes as fast as it can be.
 * @throws MjpegError `ERR_OPTION_INVALID` for a size beyond 16 to 8192 pixels a side, a rate beyond 0.1 to 120 frames a
 *   second, or an unknown option; `ERR_ADDRESS_INVALID` for a path.
 */
export function openTest(address: SourceAddress, makeCard: TestCardMaker, name: string): Source {
  const { options, target } = address;
  const { width, height } = options.size("size") ?? { width: 1280, height: 720 };
  const fps = options.number("fps", 0.1, 120, "frames a second") ?? 30;
  options.end();
  if (target !== "") {
    throw new MjpegError(
      "ERR_ADDRESS_INVALID",
      `"test:${target}" is not a source: test: has no path; write test: or test:?size=640x480&fps=10`,
    );
  }
  let frame = 0;
  return {
    label: "test",
    async *capture(signal) {
      const card = await makeCard({ width, height, fps, title: name });
      const pace = new Pace(fps, signal);
      try {
        for (;;) {
          await pace.beat();
          if (signal.aborted) return;
          const capturedAt = Date.now();
          const jpeg = await card.paint(frame, capturedAt);
          frame++;
          yield { jpeg, capturedAt };
        }
      } finally {
        pace.close();
      }
    },
  };
}
