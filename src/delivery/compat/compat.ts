import type { Route } from "../route.ts";
import { publishRoute } from "../routes/publish.ts";
import { addressPattern, tidyPath, type AddressPattern } from "./address-pattern.ts";
import { answerAs, type FamilyAddress } from "./answer-as.ts";
import type { Family } from "./family.ts";

/** What answers an address as a family does. */
export interface Found {
  readonly route: Route;
  /** The parameters, with the view key under the name it has here. */
  readonly query: URLSearchParams;
}

/** Finds what answers an address; undefined where no family has it. */
export type Compat = (pathname: string, query: URLSearchParams) => Found | undefined;

/** Makes the finder for those families; where two have the same address the first of them answers. */
export function compatOf(families: readonly Family[]): Compat {
  const rows = families.flatMap((family) =>
    family.addresses.map((address): Row => ({ family, address, pattern: addressPattern(address.at) })),
  );
  return (pathname, query) => {
    const path = tidyPath(pathname);
    for (const row of rows) {
      const parts = row.pattern.match(path, query);
      if (parts === undefined) continue;
      return { route: routeOf(row, parts), query: withKey(row.family, parts, query) };
    }
    return undefined;
  };
}

interface Row extends FamilyAddress {
  readonly pattern: AddressPattern;
}

const READING = ["GET", "HEAD"] as const;
const ANYTHING = /^/;

function routeOf({ family, address }: Row, parts: ReadonlyMap<string, string>): Route {
  const { answer, methods = [] } = address;
  if (answer === "publish") {
    const handle: Route["handle"] = (context) =>
      publishRoute.handle({ ...context, capture: parts.get("name") ?? "" });
    return { ...publishRoute, path: ANYTHING, handle };
  }
  return {
    path: ANYTHING,
    methods: [...READING, ...methods],
    isOwnOnly: typeof answer === "object" && answer.isOfViewers === true,
    handle: (context) => answerAs({ family, address, answer }, parts, context),
  };
}

/** Some families have logins in the address: their password is the key. */
function withKey(
  { keyIn = [] }: Family,
  parts: ReadonlyMap<string, string>,
  query: URLSearchParams,
): URLSearchParams {
  const key = parts.get("key") ?? keyIn.map((name) => query.get(name)).find((value) => value !== null);
  if (query.has("key") || key === undefined) return query;
  const all = new URLSearchParams(query);
  all.set("key", key);
  return all;
}
