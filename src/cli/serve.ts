import { randomBytes } from "node:crypto";
import { ImageServer } from "../app/image-server.ts";
import { MOST_VIEWERS, type ImageServerOptions } from "../app/image-server-options.ts";
import { findSources } from "../app/best-source.ts";
import { checkSource } from "../app/sources.ts";
import { MjpegError } from "../core/errors.ts";
import { integerIn, invalid } from "../core/validate.ts";
import { addressLines } from "./address-lines.ts";
import { endSignal } from "./end-signal.ts";
import { nameSources, type NamedSource } from "./stream-names.ts";

/** The flags of `kinora`, as they were typed. */
export interface ServeFlags {
  readonly port: string;
  readonly host?: string;
  readonly lan?: boolean;
  readonly key?: string;
  readonly publishKey?: string;
  readonly open?: boolean;
  readonly maxViewers?: string;
  readonly maxViewersPerStream?: string;
  readonly maxViewersPerAddress?: string;
  readonly trustProxy?: string;
  readonly compat?: string;
  readonly cors?: string;
  readonly basePath?: string;
}

/** Serves the sources until the process is told to end. */
export async function serve(sources: readonly string[], flags: ServeFlags): Promise<void> {
  const { host, key } = resolveAccess(flags);
  const port = Number(flags.port);
  if (!/^\d{1,5}$/.test(flags.port) || port > 65_535)
    throw invalid("--port", "a port number from 0 to 65535", flags.port);
  const ended = endSignal();

  const server = new ImageServer({
    log: say,
    ...(key === undefined ? {} : { key }),
    ...(flags.publishKey === undefined ? {} : { publishKey: flags.publishKey }),
    ...viewerOptions(flags),
  });
  const found = sources.length > 0 ? { addresses: sources, because: "" } : await findSources();
  if (found.because !== "") print(found.because);
  const streams = nameSources(found.addresses);
  for (const { name, address } of streams) server.addStream(name, address);
  await check(streams);
  await server.start(port, host);
  const base = server.url?.replace(/^http:\/\/[^/]*/, "") ?? "/";
  const names = streams.map(({ name }) => name);
  print(addressLines({ host, port: server.port ?? port, base, key, names }));

  await ended;
  await server.stop();
}

function resolveAccess(flags: ServeFlags): { readonly host: string; readonly key: string | undefined } {
  if (flags.lan === true && flags.host !== undefined) {
    throw new MjpegError(
      "ERR_OPTION_INVALID",
      "--lan listens on all networks, and --host names one address: leave one of them out",
    );
  }
  const host = flags.lan === true ? "0.0.0.0" : (flags.host ?? "127.0.0.1");
  const open = flags.open === true;
  const makesKey = flags.lan === true && flags.key === undefined && !open;
  const key = makesKey ? randomBytes(12).toString("base64url") : flags.key;
  if (key === undefined && !open && !isLoopback(host)) {
    throw new MjpegError(
      "ERR_OPTION_INVALID",
      `--host ${host} lets other devices look, and there is no key: ` +
        "add --key SECRET, or --lan which makes one, or --open if everyone may look",
    );
  }
  return { host, key };
}

function viewerOptions(flags: ServeFlags): ImageServerOptions {
  const { trustProxy, cors, basePath, compat } = flags;
  return {
    ...count("maxViewers", "--max-viewers", flags.maxViewers),
    ...count("maxViewersPerStream", "--max-viewers-per-stream", flags.maxViewersPerStream),
    ...count("maxViewersPerAddress", "--max-viewers-per-address", flags.maxViewersPerAddress),
    ...(trustProxy === undefined ? {} : { trustProxy }),
    ...(cors === undefined ? {} : { cors }),
    ...(basePath === undefined ? {} : { basePath }),
    ...(compat === undefined ? {} : { compat }),
  };
}

function count(option: string, flag: string, text: string | undefined): Readonly<Record<string, number>> {
  if (text === undefined) return {};
  const number = /^\d+$/.test(text) ? Number(text) : text;
  return { [option]: integerIn(flag, number, 1, MOST_VIEWERS, "viewers") };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** One stream that cannot work is told and tried again later; when none can, the command fails. */
async function check(streams: readonly NamedSource[]): Promise<void> {
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  for (const { name, address } of streams) {
    await checkSource(address).catch((error: unknown) => void failures.push({ name, error }));
  }
  const last = failures.length === streams.length ? failures.pop() : undefined;
  for (const { name, error } of failures)
    say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  if (last !== undefined) throw last.error;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}
