import { trouble, type Trouble } from "./trouble.ts";

/** What the server said when it did not take pictures, and what it was asked. */
export interface Refusal {
  /** The close code. */
  readonly code: number;
  /** Its sentence; may be empty, and cut where it ends with an ellipsis. */
  readonly reason: string;
  /** Whether it was asked to take the stream over. */
  readonly tookOver: boolean;
  /** Whether a key was given. */
  readonly hadKey: boolean;
}

const WORDS: Readonly<Record<number, readonly [what: string, cure: string]>> = {
  4400: ["That is no name for a stream.", "Choose another name."],
  4403: [
    "Only a browser on the server's own machine may publish.",
    "Start Kinora with --publish-key KEY, then start again here and give that key.",
  ],
  4409: ["Another source gives this stream its pictures.", "Stop, and choose another name."],
  4410: ["Somebody else took this stream over.", "Take it back, or choose another name."],
  4413: ["The pictures are too large for this server.", "Choose a smaller size or a lower quality."],
  4415: ["The server cannot read the pictures of this browser.", "Try another browser."],
  4429: ["The server has as many published streams as it takes.", "Use the name of one of them."],
};

/** Whether a close code says that trying again cannot help. */
export function isRefusal(code: number): boolean {
  return code >= 4400 && code < 4500;
}

/** Says why the server does not take the pictures, and what to do. */
export function refusalTrouble(refusal: Refusal): Trouble {
  const { code, reason, tookOver, hadKey } = refusal;
  if (code === 4401) {
    const what = hadKey ? "This is not the key for publishing here." : "Publishing here needs the key.";
    return { what, cure: "It is the KEY of --publish-key KEY, with which Kinora was started.", offer: "key" };
  }
  // The same code for a stream that nobody can take over; but where one can, the server says how.
  if (code === 4409 && !tookOver && reason.includes("takeover")) {
    const cure = "Take it over, or stop and choose another name.";
    return { what: "Somebody else publishes this stream.", cure, offer: "takeover" };
  }
  const [what, cure] = WORDS[code] ?? ["The server does not take these pictures.", ""];
  const isWhole = reason !== "" && !reason.endsWith("…");
  return {
    ...trouble(isWhole ? sentence(reason) : what, cure),
    offer: code === 4410 ? "takeover" : "nothing",
  };
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
