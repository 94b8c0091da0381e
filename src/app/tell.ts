/**
 * Tells a log one line, or what an error says, whatever that is, and no control characters: they could forge lines or steer
 * a terminal. Never throws.
 */
export function tell(log: (line: string) => void, what: unknown): void {
  try {
    const line = what instanceof Error ? what.message : String(what);
    log(line.replaceAll(/\p{Cc}+/gu, " "));
  } catch {
    // A log that throws must not stop pictures, and there is nobody else to tell.
  }
}
