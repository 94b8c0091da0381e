import type { PublishSettings } from "./settings.ts";

/** What is wrong, for people. */
export interface Trouble {
  /** What happened. */
  readonly what: string;
  /** What to do about it. */
  readonly cure: string;
  /** What the page itself offers to do: a field for the key, or a button to take the stream over. */
  readonly offer: "nothing" | "key" | "takeover";
}

/** Says why there are no pictures. `error` is what getUserMedia() or getDisplayMedia() failed with. */
export function captureTrouble(error: unknown, from: PublishSettings["from"]): Trouble {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const isSystem = /by system/i.test(message);
  if (name === "NotAllowedError" && isSystem)
    return trouble(
      `The system does not let this browser use the ${from}.`,
      "Allow it in the privacy settings of the system, then start again.",
    );
  if (name === "NotAllowedError" || name === "SecurityError")
    return from === "screen"
      ? trouble("No screen was shared.", "Start again and choose a screen, a window or a tab.")
      : trouble(
          "This page may not use the camera.",
          "Allow it with the icon beside the page's address, then start again.",
        );
  if (name === "NotFoundError" || name === "OverconstrainedError")
    return from === "screen"
      ? trouble("There is no screen to share here.", "Choose a camera instead.")
      : trouble("No camera was found.", "Plug one in, or share the screen instead.");
  // Chromium calls it NotReadableError, Firefox also AbortError.
  if (name === "NotReadableError" || name === "AbortError")
    return from === "screen"
      ? trouble("The system does not give the screen.", "Allow screen recording in its privacy settings.")
      : trouble(
          "The camera does not start: another program uses it, or it does not answer.",
          "Close the other program or plug the camera in again, then start again.",
        );
  return trouble(`The browser does not give the ${from}: ${message || name}.`, "Try another browser.");
}

/** Says that pictures which were there have stopped. */
export function captureLost(from: PublishSettings["from"]): Trouble {
  return from === "screen"
    ? trouble("Sharing the screen was stopped.", "Start again to share another one.")
    : trouble(
        "The camera is gone: it was unplugged, or the browser may not use it any more.",
        "Plug it in and it goes on by itself, or choose another camera.",
      );
}

/** A trouble that the page itself can do nothing about. */
export function trouble(what: string, cure: string): Trouble {
  return { what, cure, offer: "nothing" };
}
