import { randomBytes } from "node:crypto";
import type { Challenge } from "./challenge.ts";
import { digestAuthorization, digestChallengeOf, type DigestChallenge } from "./digest.ts";
import type { Credentials } from "./http-address.ts";

/** What a challenge led to: an answer for the next request, or why there is none. */
export type ChallengeOutcome = "answer" | "wrong" | "unknown";

/** Answers the challenges of one host, and goes on answering in advance, so that a polled picture costs one request. */
export class Authorizer {
  readonly #credentials: Credentials;
  #digest: DigestChallenge | undefined;
  #basic: boolean = false;
  #cnonce: string = "";
  #count: number = 0;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** The Authorization header of the next request; undefined before the first challenge. */
  header(uri: string): string | undefined {
    if (this.#digest !== undefined) {
      this.#count += 1;
      return digestAuthorization(this.#digest, this.#credentials, {
        uri,
        cnonce: this.#cnonce,
        count: this.#count,
      });
    }
    const { user, password } = this.#credentials;
    return this.#basic ? `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}` : undefined;
  }

  /**
   * Takes the challenges of a 401. Digest is preferred, in it SHA-256, because Basic sends the password itself.
   * @param answered whether the refused request answered a challenge of just before; then the credentials are wrong,
   *   unless the camera says that only its nonce has grown old.
   */
  take(challenges: readonly Challenge[], answered: boolean): ChallengeOutcome {
    const digests = challenges.flatMap((challenge) => digestChallengeOf(challenge) ?? []);
    const digest = digests.find(({ hash }) => hash === "sha256") ?? digests[0];
    const basic = challenges.some(({ scheme }) => scheme === "basic");
    if (digest === undefined && !basic) return "unknown";
    if (answered && !challenges.some(isStale)) return "wrong";
    this.#digest = digest;
    this.#basic = digest === undefined;
    this.#cnonce = randomBytes(12).toString("hex");
    this.#count = 0;
    return "answer";
  }
}

function isStale({ parameters }: Challenge): boolean {
  return parameters.get("stale")?.toLowerCase() === "true";
}
