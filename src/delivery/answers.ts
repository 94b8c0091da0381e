import type { ServerResponse } from "node:http";
import { MjpegError, type ErrorCode } from "../core/errors.ts";
import type { ApiError } from "../wire/api-types.ts";
import { ANY_ORIGIN } from "./stream-head.ts";

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

/** Sends an error: JSON where the API was asked, plain text elsewhere, so that `curl` shows the sentence. */
export function sendError(
  res: ServerResponse,
  error: unknown,
  { asJson, headers = ANY_ORIGIN }: { asJson: boolean; headers?: Readonly<Record<string, string>> },
): void {
  if (res.headersSent || res.req.socket.destroyed) return;
  const answer = asHttpError(error);
  const body: ApiError = { code: answer.code, error: answer.message };
  send(res, answer.status, asJson ? "application/json" : "text/plain; charset=utf-8", {
    body: asJson ? JSON.stringify(body) : `${answer.message}\n`,
    headers: { ...headers, ...answer.headers },
  });
}

/** Sends a whole body with its length. Answers to HEAD carry the length and no body; Node sees to that. */
export function send(
  res: ServerResponse,
  status: number,
  type: string,
  answer: { readonly body: string | Uint8Array; readonly headers?: Readonly<Record<string, string>> },
): void {
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  res.writeHead(status, {
    "Content-Type": type,
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    ...answer.headers,
  });
  res.end(body);
}

function asHttpError(error: unknown): HttpError {
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
