/** Whether a publisher asks for the place of the one there is: `?takeover`, with any value but 0 and false. */
export function wantsTakeover(query: URLSearchParams): boolean {
  const value = query.get("takeover");
  return value !== null && value !== "0" && value !== "false";
}
