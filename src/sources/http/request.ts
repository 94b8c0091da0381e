import type { Authorizer } from "./authorizer.ts";

/**
 * The bytes of a GET. Old cameras get nothing they could stumble over: `Accept` without a preference, which also brings
 * the layout with lengths from Kinora and its like, no compression, and the connection closed behind the answer.
 */
export function encodeRequest(url: URL, version: string, authorizer: Authorizer | undefined): Uint8Array {
  const path = `${url.pathname}${url.search}`;
  const authorization = authorizer?.header(path);
  const lines = [
    `GET ${path} HTTP/${version}`,
    `Host: ${url.host}`,
    "User-Agent: kinora",
    "Accept: */*",
    "Accept-Encoding: identity",
    "Connection: close",
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}
