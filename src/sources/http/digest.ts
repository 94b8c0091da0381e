import { createHash } from "node:crypto";
import type { Challenge } from "./challenge.ts";
import type { Credentials } from "./http-address.ts";

/** A Digest challenge that can be answered. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** The algorithm as the camera wrote it, or undefined: MD5 without being named. */
  readonly algorithm: string | undefined;
  readonly hash: "md5" | "sha256";
  /** The -sess variant: the nonces are part of the secret. */
  readonly session: boolean;
  /** Whether quality of protection is `auth`; without it the answer is that of RFC 2069. */
  readonly qop: boolean;
}

/** What changes from one answer to the next. */
export interface DigestRound {
  /** Path and query exactly as in the request line. */
  readonly uri: string;
  readonly cnonce: string;
  /** How often this nonce has been answered, from 1. */
  readonly count: number;
}

/** Reads a challenge as Digest; undefined for another scheme, an algorithm or a qop that is not known here. */
export function digestChallengeOf({ scheme, parameters }: Challenge): DigestChallenge | undefined {
  const nonce = parameters.get("nonce");
  const algorithm = parameters.get("algorithm");
  const match = /^(MD5|SHA-256)(-sess)?$/i.exec(algorithm ?? "MD5");
  const qops =
    parameters
      .get("qop")
      ?.toLowerCase()
      .split(/[\s,]+/)
      .filter((qop) => qop !== "") ?? [];
  if (scheme !== "digest" || nonce === undefined || match === null) return undefined;
  if (qops.length > 0 && !qops.includes("auth")) return undefined;
  return {
    realm: parameters.get("realm") ?? "",
    nonce,
    opaque: parameters.get("opaque"),
    algorithm,
    hash: match[1]?.toUpperCase() === "MD5" ? "md5" : "sha256",
    session: match[2] !== undefined,
    qop: qops.length > 0,
  };
}

/** The Authorization header that answers a challenge for a GET (RFC 7616; without qop RFC 2069). */
export function digestAuthorization(
  challenge: DigestChallenge,
  credentials: Credentials,
  { uri, cnonce, count }: DigestRound,
): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const user = binary(credentials.user);
  const hash = (...parts: string[]): string =>
    createHash(challenge.hash).update(parts.join(":"), "latin1").digest("hex");
  const login = hash(user, realm, binary(credentials.password));
  const secret = challenge.session ? hash(login, nonce, cnonce) : login;
  const nc = count.toString(16).padStart(8, "0");
  const asked = hash("GET", uri);
  const response = qop ? hash(secret, nonce, nc, cnonce, "auth", asked) : hash(secret, nonce, asked);
  const fields = [
    `username=${quoted(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
  ];
  if (algorithm !== undefined) fields.push(`algorithm=${algorithm}`);
  // Neither is quoted in RFC 7616 section 3.4, and cameras compare literally.
  if (qop) fields.push("qop=auth", `nc=${nc}`);
  if (qop || challenge.session) fields.push(`cnonce=${quoted(cnonce)}`);
  if (opaque !== undefined) fields.push(`opaque=${quoted(opaque)}`);
  return `Digest ${fields.join(", ")}`;
}

/** Requests are written and heads are read in Latin-1, so names and passwords travel as their UTF-8 bytes. */
function binary(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
