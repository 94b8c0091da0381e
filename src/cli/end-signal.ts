/** Resolves with the first SIGINT or SIGTERM; the second one ends the process at once, as the system does. */
export function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
      resolve();
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}

/** The same as an AbortSignal. */
export function abortedAtEnd(): AbortSignal {
  const stop = new AbortController();
  void endSignal().then(() => stop.abort());
  return stop.signal;
}
