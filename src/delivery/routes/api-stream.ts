import { HttpError, send } from "../answers.ts";
import { assertBody } from "../ingest/assert-body.ts";
import { readBody } from "../ingest/read-body.ts";
import { asRefusal } from "../ingest/refusal.ts";
import type { Route } from "../route.ts";
import { streamName } from "../stream-name.ts";

/** An address of a source is a line. */
const MOST_BODY_BYTES = 65_536;

/** `PUT /api/streams/NAME` with `{"source":"http://…"}`: takes its pictures from there, viewers unmoved. */
export const apiStream: Route = {
  path: /^\/api\/streams\/([^/]+)$/,
  methods: ["PUT"],
  right: "publish",

  async handle({ req, res, capture, ingest }) {
    assertBody(req);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer): number => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_BODY_BYTES) throw tooLarge();
      return 0;
    };
    await readBody(req, { take });
    const source = sourceIn(Buffer.concat(chunks).toString());
    try {
      const body = JSON.stringify(ingest.changeSource(streamName(capture), source));
      send(res, 200, "application/json", { body });
    } catch (error) {
      throw asRefusal(error);
    }
  },
};

function sourceIn(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw wrongBody("is no JSON", { cause });
  }
  if (typeof body !== "object" || body === null || !("source" in body)) throw wrongBody("has no source");
  const other = Object.keys(body).find((name) => name !== "source");
  if (other !== undefined) throw wrongBody(`has "${other.slice(0, 40)}", which nobody knows`);
  if (typeof body.source === "string") return body.source;
  throw wrongBody("has a source that is no text");
}

function wrongBody(what: string, options?: ErrorOptions): HttpError {
  const text = `the body ${what}; send {"source":"http://HOST/PATH"}`;
  return new HttpError(400, "ERR_OPTION_INVALID", text, options);
}

function tooLarge(): HttpError {
  return new HttpError(413, "ERR_TOO_LARGE", `the body has more than ${MOST_BODY_BYTES} bytes`);
}
