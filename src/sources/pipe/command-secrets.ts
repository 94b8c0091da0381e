import { hideSecrets, type Hide } from "../hide-secrets.ts";

/** The user and the password of a URL. */
const LOGIN_OF_URL = /:\/\/([^\s/?#"'@]+)@/g;
/** What is given as a password or a key: `--password=x`, `--token x`, `API_KEY=x`. */
const GIVEN = /(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key)(?:=|:\s*|\s+)["']?([^\s"'&;|]{4,})/gi;

/** Makes what takes the secrets of a command line out of what its programs say. */
export function commandSecrets(command: string): Hide {
  const logins = [...command.matchAll(LOGIN_OF_URL)].flatMap(([, login = ""]) => {
    const colon = login.indexOf(":");
    return colon === -1 ? [login] : [login, login.slice(colon + 1)];
  });
  const given = [...command.matchAll(GIVEN)].map(([, value = ""]) => value);
  const secrets = [...logins, ...given];
  return hideSecrets([...new Set([...secrets, ...secrets.map(decoded)])].filter((secret) => secret !== ""));
}

/** As it is sent, where it is percent-encoded in the URL. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a per cent sign that stands for itself
  }
}
