import { MjpegError } from "../core/errors.ts";
import { loadTcp, type Tcp } from "../system/tcp.ts";

/** Loads the calls that make delivery fast with the first viewer. Where there are none, that is told once. */
export function tcpCalls(tell: (line: string) => void): () => Tcp | undefined {
  let isLoaded = false;
  let calls: Tcp | undefined;
  return () => {
    if (!isLoaded) calls = load(tell);
    isLoaded = true;
    return calls;
  };
}

function load(tell: (line: string) => void): Tcp | undefined {
  try {
    return loadTcp();
  } catch (error) {
    if (!(error instanceof MjpegError)) throw error;
    tell(`slow viewers may see older pictures here: ${error.message}`);
    return undefined;
  }
}
