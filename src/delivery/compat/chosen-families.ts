import { invalid } from "../../core/validate.ts";
import { FAMILIES } from "./families.ts";
import type { Family } from "./family.ts";

/**
 * The families whose addresses are answered: all of them, none for `off`, or those named, in that order.
 * @param wish names, as a list or separated by commas
 * @throws MjpegError `ERR_OPTION_INVALID` for a name that no family has; it lists them.
 */
export function chosenFamilies(wish: string | readonly string[]): readonly Family[] {
  const names = (typeof wish === "string" ? wish.split(",") : wish).map((name) => name.trim());
  if (names.length === 1 && names[0] === "all") return FAMILIES;
  if (names.length === 1 && names[0] === "off") return [];
  const alone = names.find((name) => name === "all" || name === "off");
  if (alone !== undefined)
    throw invalid("compat", `all, off, or names of families; ${alone} stands alone`, names.join(","));
  return [...new Set(names)].map((name) => {
    const family = FAMILIES.find((each) => each.name === name);
    if (family !== undefined) return family;
    const known = FAMILIES.map((each) => each.name).join(", ");
    throw invalid("compat", `all, off, or names of families, separated by commas (${known})`, name);
  });
}
