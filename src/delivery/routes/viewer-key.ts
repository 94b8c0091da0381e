import { HttpError } from "../answers.ts";

/**
 * The `?viewer=KEY` of an address: what a client names its viewer by, to replace its earlier one and to find it.
 * @throws HttpError 400 for one that cannot be.
 */
export function viewerKey(query: URLSearchParams): string | undefined {
  const key = query.get("viewer");
  if (key === null || /^[\w.~-]{1,64}$/.test(key)) return key ?? undefined;
  throw new HttpError(
    400,
    "ERR_OPTION_INVALID",
    "the parameter viewer must be 1 to 64 letters (A-Z, a-z), digits, dots, dashes, tildes and underscores",
  );
}
