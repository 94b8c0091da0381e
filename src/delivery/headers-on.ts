import type { ServerResponse } from "node:http";

/** Headers by name; one that comes several times has a list of values. */
export type Headers = Readonly<Record<string, string | number | readonly string[]>>;

/** The headers that an answer has before its own are added: those for other origins, and of a server around Kinora. */
export function headersOn(res: ServerResponse): Headers {
  return Object.fromEntries(res.getHeaderNames().map((name) => [asUsual(name), res.getHeader(name) ?? ""]));
}

/** A head that is written by hand. Headers take the place of earlier ones of the same name. */
export function rawHead(statusLine: string, headers: readonly Headers[]): string {
  const lines = new Map<string, string>();
  for (const [name, value] of headers.flatMap((each) => Object.entries(each))) {
    const values = typeof value === "object" ? value : [value];
    lines.set(name.toLowerCase(), values.map((each) => `${name}: ${each}`).join("\r\n"));
  }
  return [statusLine, ...lines.values(), "", ""].join("\r\n");
}

/** Node keeps names in lower case, and some small clients look for them as everybody writes them. */
function asUsual(name: string): string {
  return name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
