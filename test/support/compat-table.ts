import { addressPattern, tidyPath } from "../../src/delivery/compat/address-pattern.ts";
import { FAMILIES } from "../../src/delivery/compat/families.ts";
import type { Address, Answer, Family } from "../../src/delivery/compat/family.ts";

/** What the parts in braces of an address are asked with; the stage's stream is `a`. */
const SAMPLES: Readonly<Record<string, string>> = { stream: "a", N: "1", n: "0", key: "secretkey" };

/** An address as a client would ask it. */
export function sampleOf(at: string): {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly url: string;
} {
  const url = at.replaceAll(/\{(\w+)\}/g, (_, name: string) => SAMPLES[name] ?? "1");
  const [path = "", query = ""] = url.split("?");
  return { path, query: new URLSearchParams(query), url };
}

/** Every address with its family. */
export function everyAddress(): readonly { readonly family: Family; readonly address: Address }[] {
  return FAMILIES.flatMap((family) => family.addresses.map((address) => ({ family, address })));
}

/** What docs/compat.md says of each family: its name, who asks so, what answers what, and the parameters. */
export function familyRows(): readonly (readonly string[])[] {
  return FAMILIES.map((family) => [
    family.name,
    family.title,
    addressesOf(family, (answer) => answer === "stream"),
    addressesOf(family, (answer) => answer === "snapshot"),
    addressesOf(family, (answer) => typeof answer === "object"),
    addressesOf(family, (answer) => answer === "refusal"),
    parametersOf(family),
  ]);
}

/** What docs/compat.md says of each clash: the address, who answers, who else has it. */
export function clashRows(): readonly (readonly string[])[] {
  const rows = new Map<string, readonly string[]>();
  for (const { address } of everyAddress()) {
    if (isProxied(address)) continue;
    const [first = "", ...others] = familiesAt(address.at);
    if (others.length > 0) rows.set(sampleOf(address.at).url, [address.at, first, others.join(" ")]);
  }
  return [...rows.values()];
}

/** Families that have a sample of an address, in their order. */
function familiesAt(at: string): readonly string[] {
  const { path, query } = sampleOf(at);
  return FAMILIES.filter(({ addresses }) =>
    addresses.some((each) => addressPattern(each.at).match(tidyPath(path), query) !== undefined),
  ).map(({ name }) => name);
}

/** Addresses that stand below folders of proxies as well are told once. */
function addressesOf({ addresses }: Family, isWanted: (answer: Answer) => boolean): string {
  return addresses
    .filter((address) => isWanted(address.answer) && !isProxied(address))
    .map(({ at }) => at)
    .join(" ");
}

function parametersOf({ parameters = [], streamIn = {}, keyIn = [] }: Family): string {
  return [
    ...Object.keys(streamIn).map((name) => `${name}: the stream`),
    ...parameters.map(({ names, becomes }) => `${names.join(" ")}: ${becomes}`),
    ...keyIn.map((name) => `${name}: key`),
  ].join("; ");
}

function isProxied({ at }: Address): boolean {
  return at.startsWith("/webcam");
}
