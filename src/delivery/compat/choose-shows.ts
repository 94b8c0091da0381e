import { firstShow, noSuchShow } from "../choose-show.ts";
import type { Show, Shows } from "../show.ts";
import type { Parts } from "./address-pattern.ts";
import type { Address, Family } from "./family.ts";

/** Most streams that one address may name. */
const MOST_NAMED = 36;

/**
 * The streams that an address speaks of: the first one where it does not say, several where it names several.
 * @throws HttpError 404 for a stream that is not there, 503 where there is none at all.
 */
export function chooseShows(
  shows: Shows,
  { family, address }: { readonly family: Family; readonly address: Address },
  asked: { readonly parts: Parts; readonly query: URLSearchParams },
): readonly [Show, ...Show[]] {
  const first = firstShow(shows);
  if (address.isOfAll === true) return [first, ...Array.from(shows.values()).slice(1)];
  const { text, from } = wish(family, asked);
  if (text === undefined) return [first];
  const all = text.split(",", MOST_NAMED).filter((each) => each !== "");
  const [show = first, ...others] = all.map((each) => choose(shows, each, from));
  return [show, ...others];
}

/** What names the stream, and the number of the first one. */
function wish(
  { streamIn = {} }: Family,
  { parts, query }: { readonly parts: Parts; readonly query: URLSearchParams },
): { readonly text?: string; readonly from: 0 | 1 } {
  const fromZero = parts.get("n");
  if (fromZero !== undefined) return { text: fromZero, from: 0 };
  const inPath = parts.get("N") ?? parts.get("stream");
  if (inPath !== undefined) return { text: inPath, from: 1 };
  for (const [name, from] of Object.entries(streamIn)) {
    const text = query.get(name);
    if (text !== null && text !== "") return { text, from };
  }
  return { from: 1 };
}

/** A name; or a part of a path that is one, as topics are (`/door/image_raw`); or a number. */
function choose(shows: Shows, text: string, from: 0 | 1): Show {
  for (const name of [text, ...text.split("/")]) {
    const show = shows.get(name);
    if (show !== undefined) return show;
  }
  const numbered = /^\d{1,4}$/.test(text) ? Array.from(shows.values())[Number(text) - from] : undefined;
  if (numbered === undefined) throw noSuchShow(shows, text);
  return numbered;
}
