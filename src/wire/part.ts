/** One body part of a multipart response. */
export interface Part {
  /** Its headers, names in lower case, values trimmed. Of a header that came twice the last one counts. */
  readonly headers: ReadonlyMap<string, string>;
  /** Its bytes, untouched, in memory of their own. */
  readonly body: Uint8Array;
}

/**
 * Why a part was passed over.
 *
 * - `header-too-long`: its headers were longer than `maxHeaderBytes`;
 * - `part-too-long`: its body was longer than `maxPartBytes`;
 * - `cut`: the picture ended before its end marker;
 * - `no-picture`: it was said to be an image and held none, or one without size or picture data;
 * - `torn`: the input ended inside it.
 */
export type BadPartReason = "header-too-long" | "part-too-long" | "cut" | "no-picture" | "torn";

/** Reads the body of one part after the other. */
export interface BodyReader {
  /** Begins a body at a position of the input. */
  begin(start: number, headers: ReadonlyMap<string, string>): void;
  /**
   * Reads on in what has come. Returns the position behind the body, from which the next delimiter is looked for;
   * undefined when more bytes are needed.
   * @param ended whether no more bytes will come.
   */
  read(ended: boolean): number | undefined;
}

/** The length a part declares: digits only, anything else is none. The caller decides whether to believe it. */
export function declaredLength(headers: ReadonlyMap<string, string>): number | undefined {
  const value = headers.get("content-length");
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}
