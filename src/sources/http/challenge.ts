/** One way a camera asks for credentials, taken from WWW-Authenticate. */
export interface Challenge {
  /** `basic`, `digest`, …, in lower case. */
  readonly scheme: string;
  /** Names in lower case, values without their quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Takes WWW-Authenticate apart: several lines, several challenges in one line, values with and without quotes.
 * An unquoted value reaches to the next comma, for some cameras forget the quotes around a realm of two words.
 */
export function parseChallenges(lines: readonly string[]): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const match of lines.join(",").matchAll(ITEM)) {
    const [, word = "", equals, quoted, unquoted] = match;
    if (equals === undefined) challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(word.toLowerCase(), unquote(quoted) ?? (unquoted ?? "").trim());
  }
  return challenges;
}

/** A word, and `=` with its value if it is a parameter. */
const ITEM = /([!#$%&'*+.^_`|~\w-]+)(?:\s*(=)\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*)))?/g;

function unquote(quoted: string | undefined): string | undefined {
  return quoted?.replaceAll(/\\(.)/g, "$1");
}
