import { HIDDEN } from "./http/http-address.ts";

/** Makes text that came from a camera fit to be shown: one line, at most 200 characters, without secrets. */
export type Hide = (text: string) => string;

const LONGEST_SHOWN = 200;
const DIGEST = "[0-9a-f]{32,}";
const USER_OF_URL = String.raw`(?<=://)[^/?#\s]*(?=@)`;
/** Shorter secrets are only hidden where they stand alone: hiding every `a` would help nobody. */
const SHORT_SECRET = 4;

/**
 * Makes a {@link Hide} for these secrets. A camera may echo what it was sent: in a page about a wrong password, in a
 * realm, in a boundary. Plain, percent-encoded, as HTML or JSON escapes, as Basic credentials and as Digest responses
 * they are blotted out; where one is still there when all but letters and digits are left out, nothing is shown.
 */
export function hideSecrets(secrets: readonly string[]): Hide {
  const spellings = [...new Set(secrets.flatMap(spellingsOf))].sort((a, b) => b.length - a.length);
  const pattern = new RegExp([...spellings.map(patternOf), DIGEST, USER_OF_URL].join("|"), "giu");
  const bare = secrets.map(lettersAndDigits).filter((secret) => secret.length >= SHORT_SECRET);
  return (text) => {
    const shown = cleaned(unescaped(text)).replaceAll(pattern, HIDDEN);
    const left = lettersAndDigits(shown);
    if (bare.some((secret) => left.includes(secret))) return HIDDEN;
    return shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}…` : shown;
  };
}

function spellingsOf(secret: string): string[] {
  const utf8 = Buffer.from(secret, "utf8");
  // A header is read as Latin-1, so a secret in UTF-8 appears there as its bytes.
  return [secret, utf8.toString("latin1"), utf8.toString("base64").replace(/=+$/, ""), utf8.toString("hex")];
}

function patternOf(secret: string): string {
  const escaped = secret.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  return secret.length < SHORT_SECRET ? String.raw`(?<![\p{L}\p{N}])${escaped}(?![\p{L}\p{N}])` : escaped;
}

/** Undoes percent, HTML and JSON escapes, also two deep. */
function unescaped(text: string): string {
  return [1, 2].reduce(
    (current) =>
      current
        .replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
          Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
        )
        .replaceAll(/&#x([0-9a-f]{1,6});|\\u([0-9a-f]{4})/gi, (_, html?: string, json?: string) =>
          character(parseInt(html ?? json ?? "", 16)),
        )
        .replaceAll(/&#(\d{1,7});/g, (_, code: string) => character(Number(code)))
        .replaceAll(/&(amp|lt|gt|quot|apos);/gi, (_, name: string) => ENTITIES[name.toLowerCase()] ?? ""),
    text,
  );
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/** Control characters could rewrite a terminal that shows the log. */
function cleaned(text: string): string {
  return text.replaceAll(/[\p{C}\p{Z}]+/gu, " ").trim();
}

function lettersAndDigits(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
}
