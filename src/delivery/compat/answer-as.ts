import type { StreamStatus } from "../../wire/api-types.ts";
import { HttpError, send } from "../answers.ts";
import type { RequestContext } from "../route.ts";
import { assertMayManage } from "../routes/api-viewers.ts";
import { live } from "../routes/live.ts";
import { LONGEST_MOSAIC_WAIT_MS, MOSAIC_PARAMETERS, mosaicRoutes } from "../routes/mosaic.ts";
import { snapshot } from "../routes/snapshot.ts";
import type { Show } from "../show.ts";
import type { Parts } from "./address-pattern.ts";
import { chooseShows } from "./choose-shows.ts";
import type { Address, Answer, Document, Family } from "./family.ts";
import { ownParameters } from "./own-parameters.ts";

/** An address and the family it is of. */
export interface FamilyAddress {
  readonly family: Family;
  readonly address: Address;
}

/**
 * Answers an address as its family does: finds the stream, and hands on to what answers Kinora's own addresses.
 * @throws HttpError 501 `ERR_NOT_SUPPORTED` for what Kinora cannot do
 */
export async function answerAs(
  { family, address, answer }: FamilyAddress & { readonly answer: Exclude<Answer, "publish"> },
  parts: Parts,
  context: RequestContext,
): Promise<void> {
  if (answer === "refusal") throw cannot(family);
  if (answer === "page") {
    sendUp(context);
    return;
  }
  const { query, shows } = context;
  const [show, ...others] = chooseShows(shows, { family, address }, { parts, query });
  if (typeof answer === "object") {
    sendDocument(answer, show, context);
    return;
  }
  const wish = ownQuery({ family, address }, query, show.status());
  const own = { ...context, query: wish, style: family.style };
  if (others.length > 0) await mosaic(own, address.isOfAll === true ? undefined : [show, ...others], answer);
  else if (answer === "stream") await live(own, show);
  else await single(own, show, family.whenOffline);
}

/** What was asked, in the parameters of Kinora's own addresses. */
export function ownQuery(
  { family, address }: FamilyAddress,
  query: URLSearchParams,
  status: StreamStatus,
): URLSearchParams {
  const { parameters = [], keyIn = [], streamIn = {} } = family;
  const own = new URLSearchParams();
  const taken = new Set([...keyIn, ...Object.keys(streamIn)]);
  for (const { names, read } of [...parameters, ...(address.also ?? [])]) {
    const name = names.find((each) => query.has(each));
    if (name === undefined && names.length > 0) continue;
    const mapped = read(query.get(name ?? "") ?? "", status, query);
    for (const [ours, value] of Object.entries(mapped)) own.set(ours, value);
  }
  for (const { names } of parameters) for (const name of names) taken.add(name);
  for (const [name, value] of ownParameters(query, taken)) if (!own.has(name)) own.set(name, value);
  return own;
}

/** To `/`, relative, as folders that a proxy put in front are not known here. */
function sendUp({ res, path, query }: RequestContext): void {
  const folder = path.endsWith("/") ? "../" : "./";
  res.writeHead(307, { Location: query.size === 0 ? folder : `${folder}?${query.toString()}` }).end();
}

function sendDocument(document: Document, show: Show, context: RequestContext): void {
  if (document.isOfViewers === true) assertMayManage(context);
  send(context.res, 200, document.type, { body: document.text(show, context) });
}

/** One picture, with those headers where its stream gives none now: the last one, or the reason as an error. */
async function single(
  context: RequestContext,
  show: Show,
  whenOffline: Readonly<Record<string, string>> = {},
): Promise<void> {
  const mark = () => context.res.setHeaders(new Map(Object.entries(whenOffline)));
  if (show.status().state === "ended") mark();
  try {
    await snapshot(context, show);
  } catch (error) {
    if (show.status().state !== "live" && !context.res.headersSent) mark();
    throw error;
  }
}

/** @param shows those in it, all there are where it is undefined */
async function mosaic(
  context: RequestContext,
  shows: readonly Show[] | undefined,
  answer: "stream" | "snapshot",
): Promise<void> {
  const path = answer === "stream" ? "/mosaic.mjpeg" : "/mosaic.jpg";
  const query = new URLSearchParams([...context.query].filter(([name]) => MOSAIC_PARAMETERS.includes(name)));
  if (shows !== undefined) query.set("streams", shows.map(({ name }) => name).join(","));
  limit(query, "width", 160, 3_840);
  limit(query, "fps", 0.1, 30);
  limit(query, "wait", 0, LONGEST_MOSAIC_WAIT_MS);
  await mosaicRoutes.find((route) => route.path.test(path))?.handle({ ...context, query });
}

/** The mosaic's ranges are narrower than a stream's. */
function limit(query: URLSearchParams, name: string, min: number, max: number): void {
  const value = query.get(name);
  if (value !== null) query.set(name, Math.min(max, Math.max(min, Number(value))).toString());
}

function cannot({ title }: Family): HttpError {
  return new HttpError(
    501,
    "ERR_NOT_SUPPORTED",
    `this server is Kinora, and does not do what ${title} does at this address: it neither steers cameras nor records, and ` +
      "its pictures are JPEG; set the camera up at its source, and choose size, rotation and text by ?width=, ?rotate= and " +
      "?text= in the address of the stream",
  );
}
