// Lists the cameras of this process as one JSON object: what `kinora devices` knows.
import { SourceError } from "../../../src/core/errors.ts";
import { listCameras } from "../../../src/sources/v4l2/devices.ts";

try {
  const started = performance.now();
  const { cameras, refused } = await listCameras();
  const tookMs = performance.now() - started;
  const reasons = refused.map(({ code, message }) => ({ code, message }));
  process.stdout.write(JSON.stringify({ cameras, refused: reasons, tookMs }));
} catch (error) {
  if (!(error instanceof SourceError)) throw error;
  const { code, message, retryable } = error;
  process.stdout.write(JSON.stringify({ code, message, retryable }));
}
