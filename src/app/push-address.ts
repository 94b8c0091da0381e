import { MjpegError } from "../core/errors.ts";
import { hideSecrets, type Hide } from "../sources/hide-secrets.ts";
import { readHttpAddress } from "../sources/http/http-address.ts";

/** Where pictures are pushed to. */
export interface PushAddress {
  /** What is asked for, without login. */
  readonly url: URL;
  /** The `user:password` of the address, or undefined. */
  readonly login: string | undefined;
  /** The address without anything secret. */
  readonly label: string;
  /** The name of the stream there. */
  readonly name: string;
  /** Makes what the server says fit to be shown. */
  readonly hide: Hide;
}

/**
 * Takes the address of a stream on another server apart: `http://HOST:8080/streams/NAME/live.mjpeg?key=KEY`.
 * @throws MjpegError `ERR_OPTION_INVALID`, without the address, which may hold a key.
 */
export function readPushAddress(text: string, takeover: boolean): PushAddress {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw wrong("is no URL");
  const { url, credentials, label, secrets } = readHttpAddress(text);
  if (url.pathname === "/") throw wrong("names no stream");
  if (takeover) url.search += `${url.search === "" ? "" : "&"}takeover=1`;
  return {
    url,
    login: credentials && `${credentials.user}:${credentials.password}`,
    label,
    name: /\/streams\/([^/]+)\//.exec(url.pathname)?.[1] ?? "push",
    hide: hideSecrets(secrets),
  };
}

function wrong(what: string): MjpegError {
  return new MjpegError(
    "ERR_OPTION_INVALID",
    `the address to push to ${what}: write http://HOST:8080/streams/NAME/live.mjpeg?key=PUBLISHKEY`,
  );
}
