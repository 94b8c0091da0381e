import type { PartStyle } from "../../wire/multipart-encoder.ts";
import type { StreamStatus } from "../../wire/api-types.ts";
import type { RequestContext } from "../route.ts";
import type { Show } from "../show.ts";

/** A kind of server whose addresses are answered as it answers them, so that its clients need no change. */
export interface Family {
  /** Its name in the option `compat`: small letters, digits and dashes. */
  readonly name: string;
  /** What it is, for people. */
  readonly title: string;
  /** How it writes the parts of a stream; as Kinora does, where it is undefined. */
  readonly style?: PartStyle;
  /** Its addresses; the first that fits answers. */
  readonly addresses: readonly Address[];
  /** Its parameters, and what they become. */
  readonly parameters?: readonly Parameter[];
  /** Parameters that name the stream or give its number, and the number of the first stream. */
  readonly streamIn?: Readonly<Record<string, 0 | 1>>;
  /** Parameters that are the view key. */
  readonly keyIn?: readonly string[];
  /** Headers of a snapshot of a stream that gives no pictures now. */
  readonly whenOffline?: Readonly<Record<string, string>>;
}

/**
 * What an address is answered with: live pictures, one picture, a document about the server, the way to Kinora's page one
 * folder up, or a refusal of what Kinora cannot do (501). At `publish` pictures are taken, by POST and PUT.
 */
export type Answer = "stream" | "snapshot" | "page" | "publish" | "refusal" | Document;

/** One address of a family. */
export interface Address {
  /**
   * Path and the parameters that it must have. A part in braces stands for any text without a slash: `{stream}` is a
   * stream's name or its number from 1, `{N}` its number from 1, `{n}` its number from 0, `{name}` the name of one that may
   * be new, `{key}` the view key.
   */
  readonly at: string;
  readonly answer: Answer;
  /** What it is asked for besides GET and HEAD. */
  readonly methods?: readonly string[];
  /** What applies here and not at the family's other addresses. */
  readonly also?: readonly Parameter[];
  /** Whether it speaks of all streams in one picture. */
  readonly isOfAll?: true;
}

/** A document about the server or a stream, in the form that a family's clients read. */
export interface Document {
  /** Its Content-Type. */
  readonly type: string;
  /** Whether it tells who watches, so that only those may see it who may manage viewers. */
  readonly isOfViewers?: true;
  /** Its text. `show` is the stream that the address speaks of. */
  readonly text: (show: Show, context: RequestContext) => string;
}

/** Parameters of Kinora's own addresses, by name. */
export type OwnParameters = Readonly<Record<string, string>>;

/** A parameter of a family, under each of the names it has there. */
export interface Parameter {
  readonly names: readonly string[];
  /** Names of the parameters it becomes, for people. */
  readonly becomes: string;
  /**
   * What a value of it becomes; nothing, where the family's own servers would pass over it. Never a value that Kinora
   * refuses.
   * @param status the stream, which some values speak of
   * @param query all that was asked
   */
  readonly read: (value: string, status: StreamStatus, query: URLSearchParams) => OwnParameters;
}
