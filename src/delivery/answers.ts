import type { ServerResponse } from "node:http";
import { MjpegError, type ErrorCode } from "../core/errors.ts";
import type { ApiError } from "../wire/api-types.ts";
import { answerEarly, isWithoutLength } from "./early-answer.ts";
import { headersOn } from "./headers-on.ts";

/** An answer that is not a picture: the status, a stable code and a sentence for people. */
export class HttpError extends MjpegError {
  override readonly name = "HttpError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(code, message, options);
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/**
 * Reads what a client asked for.
 * @throws HttpError 400 instead of the MjpegError that names the parameter, its range and the value.
 */
export function asked<Wish>(read: () => Wish): Wish {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MjpegError)) throw error;
    throw new HttpError(400, error.code, error.message, { cause: error });
  }
}

/** Sends an error: JSON where the API was asked, plain text elsewhere, so that `curl` shows the sentence. */
export function sendError(res: ServerResponse, error: unknown, { asJson }: { asJson: boolean }): void {
  if (res.headersSent || res.req.socket.destroyed) return;
  const answer = asHttpError(error);
  const json: ApiError = { code: answer.code, error: answer.message };
  const type = asJson ? "application/json" : "text/plain; charset=utf-8";
  const body = Buffer.from(asJson ? JSON.stringify(json) : `${answer.message}\n`);
  const { status, headers } = answer;
  if (!isEarly(res)) send(res, status, type, { body, headers });
  else answerEarly(res.req, { status, headers: { ...headersOn(res), ...headOf(type, body, headers) }, body });
}

/** Sends a whole body with its length. Answers to HEAD carry the length and no body; Node sees to that. */
export function send(
  res: ServerResponse,
  status: number,
  type: string,
  answer: { readonly body: string | Uint8Array; readonly headers?: Readonly<Record<string, string>> },
): void {
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  res.writeHead(status, headOf(type, body, answer.headers));
  res.end(body);
}

function headOf(
  type: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Record<string, string | number> {
  return { "Content-Type": type, "Content-Length": body.length, "Cache-Control": "no-store", ...headers };
}

/** Whether the client is still sending, as far as can be told, and it is this answer's turn on the connection. */
function isEarly({ req, socket }: ServerResponse): boolean {
  if (socket === null || req.httpVersionMajor > 1) return false;
  const { headers, complete } = req;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  return isWithoutLength(req) || (hasBody && !complete);
}

/** The answer for an error; the text of a mistake of ours is kept from strangers. */
export function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  // A stream that cannot show a picture now may do so soon: 503, and when to ask again.
  if (error instanceof MjpegError)
    return new HttpError(503, error.code, error.message, { headers: { "Retry-After": "1" } });
  // Whatever else it is, its text may hold what a stranger should not read.
  return new HttpError(
    500,
    "ERR_INTERNAL",
    "the server made a mistake with this request; its log says which",
  );
}
