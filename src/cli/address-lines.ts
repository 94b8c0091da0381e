import { networkInterfaces } from "node:os";
import { qrCode } from "./qr-code.ts";

/** Where the server listens, and what it shows. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  /** The path of the page, with a slash at its end. */
  readonly base: string;
  /** The view key, where there is one. */
  readonly key: string | undefined;
  /** The streams, in order. */
  readonly names: readonly string[];
}

/** What to open: the page and each stream, and where other devices can look, their address also as a QR code. */
export function addressLines({ host, port, base, key, names }: Listening): string {
  const query = key === undefined ? "" : `?key=${encodeURIComponent(key)}`;
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const here = `http://${isEverywhere ? "127.0.0.1" : bracketed(host)}:${port}${base}`;
  const others = isEverywhere
    ? lanAddresses().map((address) => `http://${address}:${port}${base}${query}`)
    : [];
  const rows = [
    ["All streams", `${here}${query}`],
    ...names.map((name) => [name, `${here}streams/${name}/live.mjpeg${query}`]),
    ...others.map((address) => ["Other devices", address]),
  ];
  const widest = Math.max(...rows.map(([label = ""]) => label.length));
  const lines = rows.map(([label = "", address = ""]) => `  ${label.padEnd(widest)}  ${address}`);
  if (key === undefined && isEverywhere) lines.push("", OPEN_TO_ALL);
  if (isEverywhere) lines.push("", others[0] === undefined ? NO_NETWORK : qrCode(others[0]));
  return ["", ...lines, ""].join("\n");
}

const OPEN_TO_ALL = "  There is no key: everyone who reaches this machine may look.";
const NO_NETWORK = "  This machine has no network: no other device can reach it.";

/** An IPv6 address stands in brackets in a URL. */
function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}
