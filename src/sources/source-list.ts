import { MjpegError } from "../core/errors.ts";
import { SourceOptions } from "./address.ts";

/** The addresses of a list, in order of preference, and what is said of all of them. */
export interface SourceList {
  /** The addresses; each may be wrong in itself. */
  readonly members: readonly string[];
  /** Whether the list is to run without viewers. */
  readonly preload: boolean;
}

/** Most addresses in one list. */
const MOST_ADDRESSES = 16;

/** Whether an address is a list of them, right or wrong: `[rtsp://cam, test:]`. */
export function isSourceList(text: string): boolean {
  return text.trimStart().startsWith("[");
}

/**
 * Takes a list apart: `[A, B, C]`, with `#preload` behind it where that is meant. It is cut where a comma is followed by
 * the scheme of an address, so that commas in paths and URLs stay where they are: without a blank behind the comma that is
 * one of `schemes`, with one it is any.
 * @throws MjpegError `ERR_ADDRESS_INVALID`, without a word of the addresses, which may hold passwords.
 */
export function readSourceList(text: string, schemes: readonly string[]): SourceList {
  const list = text.trim();
  const end = list.lastIndexOf("]");
  const behind = list.slice(end + 1);
  if (end === -1 || !/^([?#]|$)/.test(behind))
    throw wrong("has no ] at its end (shells split it at blanks: put it into quotes)");
  const known = schemes.map((scheme) => scheme.replaceAll(/[.+]/g, String.raw`\$&`)).join("|");
  const comma = new RegExp(String.raw`,(?=(?:${known}):|\s+[a-z][a-z0-9+.-]*:|\s*\[)`, "i");
  const members = list.slice(1, end).split(comma);
  if (members.length > MOST_ADDRESSES)
    throw wrong(`holds ${members.length}, and ${MOST_ADDRESSES} is the most`);
  if (members.some((member) => member.trim() === ""))
    throw wrong("names no source, or has one comma too many");
  if (members.some(isSourceList)) throw wrong("holds another list");
  const pairs = behind
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "");
  const options = new SourceOptions(
    "[…]",
    pairs.map((pair) => [pair.split("=")[0] ?? "", pair.split("=")[1] ?? ""]),
  );
  const preload = options.flag("preload") ?? false;
  options.end();
  return { members: members.map((member) => member.trim()), preload };
}

function wrong(what: string): MjpegError {
  return new MjpegError(
    "ERR_ADDRESS_INVALID",
    `the list of sources ${what}; write [A, B], such as [rtsp://cam, test:]`,
  );
}
