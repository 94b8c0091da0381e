/** A line at the end of a terminal that is written over and over; nothing where no terminal looks. */
export interface ProgressLine {
  /** Replaces the line. */
  show(text: string): void;
  /** Takes it away, so that something else can be written. */
  clear(): void;
}

/** Makes a {@link ProgressLine} of the standard error. */
export function progressLine(): ProgressLine {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  // Some terminals do not tell.
  const width = stderr.columns > 20 ? stderr.columns : 80;
  const write = (text: string) => void stderr.write(`\r\x1b[K${text}`);
  return {
    // A line that wraps could not be taken away again.
    show: (text) => write(text.replaceAll(/\p{Cc}+/gu, " ").slice(0, width - 1)),
    clear: () => write(""),
  };
}
