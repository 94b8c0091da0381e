/**
 * The boundary that a Content-Type declares, as declared (`--frame` stays `--frame`), without quotes and blanks around
 * it. Null when there is none. Takes what cameras send: any case, `boundary =x`, any place among the parameters, a
 * missing end quote.
 */
export function boundaryOf(contentType: string | null): string | null {
  const declared = /[;,\s]boundary\s*=\s*(?:"([^"]*)"?|([^;,\s]*))/i.exec(contentType ?? "");
  const boundary = (declared?.[1] ?? declared?.[2] ?? "").trim();
  return boundary === "" ? null : boundary;
}
