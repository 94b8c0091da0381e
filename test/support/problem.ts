import assert from "node:assert/strict";
import { SourceError } from "../../src/core/errors.ts";
import type { Player } from "./player.ts";

/** What the source of a player fails with; fails itself when a picture comes instead, or the end. */
export async function problemOf(player: Player): Promise<SourceError> {
  const error: unknown = await player.next().then(
    (image) => assert.fail(image === undefined ? "it has ended" : "a picture came"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SourceError, String(error));
  return error;
}
