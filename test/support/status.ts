import assert from "node:assert/strict";
import type { StreamStatus } from "../../src/wire/api-types.ts";
import { until } from "./until.ts";

/** What `/api/streams` tells of one stream. */
export async function statusOf(url: string, name: string): Promise<StreamStatus> {
  const response = await fetch(`${url}/api/streams`, { signal: AbortSignal.timeout(10_000) });
  const all = (await response.json()) as StreamStatus[];
  const status = all.find((stream) => stream.name === name);
  assert.ok(status, `/api/streams has no "${name}"`);
  return status;
}

/** What is told of a stream as soon as it is in that state. */
export async function stateOf(
  url: string,
  name: string,
  state: StreamStatus["state"],
  timeoutMs = 20_000,
): Promise<StreamStatus> {
  let status: StreamStatus | undefined;
  const reached = async () => (status = await statusOf(url, name)).state === state;
  await until(reached, `stream ${name} to be ${state}`, timeoutMs);
  assert.ok(status);
  return status;
}
