import { paintPlaceholder } from "../images/placeholder.ts";
import type { PlaceholderPainter } from "./placeholder.ts";
import { ENCODE_TURNS, Turns } from "./turns.ts";

/** One placeholder is painted at a time: those behind it take no turn from other pictures. */
const PAINTING = new Turns(1);

/** Paints a placeholder when it is its turn. */
export const paintInTurn: PlaceholderPainter = async (options) => {
  const leave = await PAINTING.next("single");
  const release = await ENCODE_TURNS.next("single");
  return paintPlaceholder(options).finally(() => {
    release();
    leave();
  });
};
