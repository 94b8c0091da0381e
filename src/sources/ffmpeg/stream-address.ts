import { MjpegError } from "../../core/errors.ts";
import { hideSecrets } from "../http/hide-secrets.ts";
import { readHttpAddress } from "../http/http-address.ts";

/** The address of a video stream, and how it may be shown. */
export interface StreamAddress {
  /** What ffmpeg opens, as it was given. */
  readonly url: string;
  /** Its scheme, in lower case: `rtsp`. */
  readonly scheme: string;
  /** The address without anything secret: `rtsp cam1.lan/stream`. */
  readonly label: string;
  /** Takes its secrets out of a text. */
  readonly hide: (text: string) => string;
}

/**
 * Takes the address of a stream apart.
 * @throws MjpegError `ERR_ADDRESS_INVALID` when it is no URL. The message does not repeat it, for it may hold a password.
 */
export function readStreamAddress(target: string): StreamAddress {
  // ffmpeg takes `udp://:5000` and `udp://@:5000` for "any address of this machine", which no URL can say.
  const parsable = target.replace(/^([a-z0-9+.-]+:\/\/)@?:(?=\d)/i, "$10.0.0.0:");
  // What begins with a dash would be an option to ffmpeg, and what has no scheme a file of any name.
  if (!URL.canParse(parsable) || !/^[a-z][a-z0-9+.-]+:/i.test(target)) {
    throw new MjpegError(
      "ERR_ADDRESS_INVALID",
      "the address of the stream is no URL: write SCHEME://USER:PASSWORD@HOST:PORT/PATH, " +
        "and in the password %23 for #, %2F for /, %3F for ?, %40 for @ and %25 for %",
    );
  }
  const { label, secrets, url, credentials } = readHttpAddress(parsable);
  const login = credentials === undefined ? [] : [`${credentials.user}:${credentials.password}`];
  return {
    url: target,
    scheme: url.protocol.slice(0, -1).toLowerCase(),
    label,
    hide: hideSecrets([...secrets, ...login]),
  };
}
