import type { Parameters } from "../../core/read-variant.ts";
import { invalid } from "../../core/validate.ts";

/** What an adaptive viewer keeps longest where its line is slow: the rate (`smooth`), or the size of the picture (`sharp`). */
export type Manner = "smooth" | "sharp";

/**
 * Reads `?adapt`; undefined where a viewer is not to be adapted.
 * @throws MjpegError `ERR_OPTION_INVALID`
 */
export function readManner(query: Parameters): Manner | undefined {
  const text = query.get("adapt");
  if (text === null || /^(?:off|0|false|no)$/i.test(text)) return undefined;
  if (text === "sharp") return "sharp";
  if (/^(?:smooth|1|true|on|yes)?$/i.test(text)) return "smooth";
  throw invalid("the parameter adapt", "one of smooth, sharp, off", text);
}
