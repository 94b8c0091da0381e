import { integerIn, invalid } from "../../core/validate.ts";
import { LARGEST_LIVE_ID, type LiveRequest } from "../../wire/live-message.ts";

/**
 * Reads what a client asks for.
 * @throws MjpegError `ERR_OPTION_INVALID`, naming what is wrong with it.
 */
export function readRequest(text: string): Required<LiveRequest> {
  const message = parsed(text);
  if (typeof message !== "object" || message === null) throw invalid("a message", "a JSON object", message);
  const type: unknown = Reflect.get(message, "type");
  if (type !== "watch" && type !== "unwatch") throw invalid("type", '"watch" or "unwatch"', type);
  const id = integerIn("id", Reflect.get(message, "id"), 0, LARGEST_LIVE_ID, "the client's number");
  if (type === "unwatch") return { type, id };
  const stream: unknown = Reflect.get(message, "stream");
  if (typeof stream !== "string") throw invalid("stream", "a stream's name", stream);
  const query: unknown = Reflect.get(message, "query") ?? "";
  if (typeof query !== "string") throw invalid("query", "the parameters of a live address", query);
  return { type, id, stream, query };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("a message", "JSON, or binary acknowledgements", text);
  }
}
