import { MjpegError } from "../../core/errors.ts";
import { hideSecrets } from "../hide-secrets.ts";
import { HIDDEN, readHttpAddress } from "../http/http-address.ts";

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

/** White space and control characters, these also with their escapes, which ffmpeg takes back in user and password. */
const UNFIT = /[\s\p{C}]|%(?:[01][0-9a-f]|7f)/iu;

/**
 * Takes the address of a stream apart.
 * @throws MjpegError `ERR_ADDRESS_INVALID` when it is no URL, or has white space in it. The message does not repeat it, for it
 *   may hold a password.
 */
export function readStreamAddress(target: string): StreamAddress {
  // They would go into what ffmpeg sends: a line break begins a header there. A parser of URLs leaves them out instead.
  if (UNFIT.test(target)) {
    throw new MjpegError(
      "ERR_ADDRESS_INVALID",
      "the address of the stream has white space or a control character in it: leave it out, or write %20 for a space",
    );
  }
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
  const { shown, key } = withoutStreamKey(parsable);
  const { label, secrets, url, credentials } = readHttpAddress(shown);
  const login = credentials === undefined ? [] : [`${credentials.user}:${credentials.password}`];
  return {
    url: target,
    scheme: url.protocol.slice(0, -1).toLowerCase(),
    label: key.length === 0 ? label : label.replace(/\/(?=\?|$)/, `/${HIDDEN}`),
    hide: hideSecrets([...secrets, ...login, ...key]),
  };
}

/** The last part of an RTMP path is what a server knows its publishers by: who has it can send in their name. */
function withoutStreamKey(target: string): { readonly shown: string; readonly key: readonly string[] } {
  const [, before = "", key = "", query = ""] =
    /^(rtmp[a-z]*:\/\/[^/?#]+\/(?:[^?#]*\/)?)([^/?#]+)\/*([?#].*)?$/i.exec(target) ?? [];
  if (key === "") return { shown: target, key: [] };
  const decoded = key.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return { shown: before + query, key: [key, decoded] };
}
