/** The name of a stream as it stands in a path. */
export function streamName(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray per cent sign: no stream has such a name
  }
}
