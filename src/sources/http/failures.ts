import { MjpegError, SourceError, type ErrorCode } from "../../core/errors.ts";
import type { Hide } from "../hide-secrets.ts";
import { shownUrl } from "./http-address.ts";

/** Makes the errors of one camera: every sentence begins with its label, and whatever the camera said is cleaned first. */
export class Failures {
  readonly #label: string;
  readonly #hide: Hide;

  constructor(label: string, hide: Hide) {
    this.#label = label;
    this.#hide = hide;
  }

  /** The connection could not be made, or the certificate is not one to trust. */
  unreachable(url: URL, error: Error): SourceError {
    const code = "code" in error ? String(error.code) : "";
    if (isCertificateFault(code)) return this.#untrusted(code, error);
    const why = REASONS[code] ?? (error.message === "" ? code : this.#hide(error.message));
    const hint =
      code === "EPROTO" || code.startsWith("ERR_SSL") ? "; does the camera speak https on this port?" : "";
    return this.#retryable("ERR_SOURCE_UNREACHABLE", `cannot connect to ${url.host}: ${why}${hint}`, error);
  }

  /** Nobody took the connection in time. */
  connectTimeout(url: URL, withinMs: number): SourceError {
    const what = `cannot connect to ${url.host}: nobody answered within ${seconds(withinMs)}; is the camera switched on?`;
    return this.#retryable("ERR_SOURCE_UNREACHABLE", what);
  }

  /** The request was taken, and then came no whole head. */
  noHead(withinMs: number): SourceError {
    return this.#retryable(
      "ERR_SOURCE_SILENT",
      `the camera took the request and did not answer within ${seconds(withinMs)}`,
    );
  }

  /** The stream stands still. */
  silent(forMs: number): SourceError {
    return this.#retryable("ERR_SOURCE_SILENT", `not a byte came from the camera for ${seconds(forMs)}`);
  }

  /** Bytes come, pictures do not. */
  noPicture(forMs: number): SourceError {
    return this.#retryable("ERR_SOURCE_SILENT", `bytes came, but no whole picture for ${seconds(forMs)}`);
  }

  /** The connection broke under way. */
  lost(error: Error): SourceError {
    const code = "code" in error ? String(error.code) : "";
    const why = REASONS[code] ?? this.#hide(error.message);
    return this.#retryable("ERR_SOURCE_FAILED", `the connection to the camera broke: ${why}`, error);
  }

  /** The camera closed the connection; a stream never ends by itself, so this is a fault too. */
  closed(pictures: number): SourceError {
    const count = pictures === 1 ? "1 picture" : `${pictures} pictures`;
    const after = pictures === 0 ? "before the first picture" : `after ${count}`;
    return this.#retryable("ERR_SOURCE_FAILED", `the camera closed the stream ${after}`);
  }

  /** The connection was closed and nothing had come. */
  emptyReply(): SourceError {
    return this.#retryable("ERR_SOURCE_FAILED", "the camera closed the connection without an answer");
  }

  /** The connection was closed within the head. */
  cutHead(): SourceError {
    return this.malformed("the camera closed the connection within the head of its answer");
  }

  /** The answer's head or its chunks are nothing that can be read. */
  malformed(what: string, said = ""): SourceError {
    return this.#retryable("ERR_SOURCE_FAILED", `${what}${this.#quoted(said)}`);
  }

  /** Any status but 2xx that is not about credentials. */
  status(status: number, reason: string, said: string): SourceError {
    const hint = HINTS[status] ?? "";
    const what = `the camera answered ${status} ${this.#hide(reason)}`.trimEnd();
    return this.#retryable("ERR_SOURCE_FAILED", `${what}${hint}${this.#quoted(said)}`);
  }

  /** An answer that holds no pictures Kinora can show. */
  notPictures(type: string | null, said: string): SourceError {
    const named = type === null ? "something" : this.#hide(type);
    const what = `the camera sent ${named}, not JPEG pictures`;
    if (/^(image|video|audio)\//i.test(type ?? "")) {
      return this.#retryable("ERR_IMAGE_INVALID", `${what}; choose its Motion JPEG or JPEG address`);
    }
    return this.#retryable("ERR_SOURCE_FAILED", `${what}; is the path right?${this.#quoted(said)}`);
  }

  /** Still after still cannot be shown. */
  badStills(count: number): SourceError {
    return this.#retryable(
      "ERR_IMAGE_INVALID",
      `the last ${count} pictures of the camera were no whole JPEGs`,
    );
  }

  /** 401, and the address has no credentials. */
  credentialsMissing(): SourceError {
    return this.#final(
      "the camera asks for a user and a password (401): write them before the host, http://USER:PASSWORD@HOST/PATH",
    );
  }

  /** 401 to the credentials of the address. */
  credentialsWrong(): SourceError {
    return this.#final("the camera refused the user and password of the address (401); are they right?");
  }

  /** 403. */
  forbidden(withCredentials: boolean): SourceError {
    const who = withCredentials ? "the user of the address" : "anyone without a user and a password";
    return this.#final(
      `the camera does not show this to ${who} (403); what may that user see in its settings?`,
    );
  }

  /** The camera wants credentials in a way Kinora does not speak. */
  unknownScheme(schemes: readonly string[]): SourceError {
    const named = schemes.length === 0 ? "no way it names" : this.#hide(schemes.join(", "));
    return this.#final(
      `the camera asks for credentials by ${named}; Kinora knows Basic and Digest (MD5, SHA-256): choose one in the camera`,
    );
  }

  /** The target of the redirect gets no credentials. */
  withheld(url: URL): SourceError {
    return this.#final(
      `the camera redirected to ${this.#target(url)}, which asks for credentials; they are not handed on to another ` +
        "host, port or scheme: give that address itself",
    );
  }

  /** From https to http. */
  downgrade(url: URL): SourceError {
    return this.#final(
      `the camera redirected from https to ${this.#target(url)}, where anybody on the way can watch; ` +
        "if that is wanted, give the http:// address itself",
    );
  }

  /** A redirect without an address, or to something that is not http. */
  badRedirect(status: number, location: string): SourceError {
    return this.#final(
      `the camera redirected (${status}) to nothing that can be opened${this.#quoted(location)}`,
    );
  }

  /** A loop, most likely. */
  tooManyRedirects(limit: number, url: URL): SourceError {
    return this.#retryable(
      "ERR_SOURCE_FAILED",
      `the camera redirected more than ${limit} times, last to ${this.#target(url)}`,
    );
  }

  /** What to throw for anything caught on the way; mistakes in code pass unchanged. */
  asSourceError(error: unknown): unknown {
    if (error instanceof SourceError || !(error instanceof MjpegError)) return error;
    return this.#retryable(error.code, this.#hide(error.message));
  }

  #untrusted(code: string, error: Error): SourceError {
    // A clock that is not set yet (a board without a battery) is set later; nothing else here heals by itself.
    const retryable = code === "CERT_NOT_YET_VALID";
    const what = `the certificate of the camera is not trusted (${code})`;
    const cure =
      "add #insecure to the address to take it as it is, or give Node the authority (NODE_EXTRA_CA_CERTS)";
    return new SourceError("ERR_SOURCE_REFUSED", `${this.#label}: ${what}; ${cure}`, {
      retryable,
      cause: error,
    });
  }

  #target(url: URL): string {
    return this.#hide(`${url.protocol}//${shownUrl(url)}`);
  }

  #quoted(said: string): string {
    const shown = this.#hide(said);
    return shown === "" ? "" : `; it said: ${shown}`;
  }

  #final(what: string): SourceError {
    return new SourceError("ERR_SOURCE_REFUSED", `${this.#label}: ${what}`, { retryable: false });
  }

  #retryable(code: ErrorCode, what: string, cause?: Error): SourceError {
    return new SourceError(code, `${this.#label}: ${what}`, { retryable: true, cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens on that port (ECONNREFUSED)",
  ECONNRESET: "the camera reset it (ECONNRESET)",
  EHOSTUNREACH: "no way leads to that host (EHOSTUNREACH)",
  ENETUNREACH: "no way leads to that network (ENETUNREACH)",
  ENOTFOUND: "no host has that name (ENOTFOUND)",
  EAI_AGAIN: "the name server does not answer (EAI_AGAIN)",
  ETIMEDOUT: "nobody answered (ETIMEDOUT)",
};

const HINTS: Readonly<Record<number, string>> = {
  404: "; is the path right?",
  503: "; perhaps it has too many viewers or is starting",
};

/** The codes of OpenSSL and Node for a certificate that fails verification. */
function isCertificateFault(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH/.test(
    code,
  );
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
