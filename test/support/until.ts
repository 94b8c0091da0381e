import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** Resolves when the condition holds; fails with `what` when it does not within the time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `waited too long: ${what}`);
    await sleep(5);
  }
}
