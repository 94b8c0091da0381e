import { MjpegError } from "./errors.ts";

/** Checks that an option is a whole number from `min` to `max`; the message names option, range, unit and value. */
export function integerIn(name: string, value: unknown, min: number, max: number, unit: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(name, `an integer from ${min} to ${max} (${unit})`, value);
}

/** Checks that an option is a number from `min` to `max`, fractions allowed. */
export function numberIn(name: string, value: unknown, min: number, max: number, unit: string): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw invalid(name, `a number from ${min} to ${max} (${unit})`, value);
}

/** The error for an option that is not what it must be. */
export function invalid(name: string, mustBe: string, value: unknown): MjpegError {
  return new MjpegError("ERR_OPTION_INVALID", `${name} must be ${mustBe}, got ${shown(value)}`);
}

const LONGEST_SHOWN = 80;

function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "undefined") return String(value);
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  }
  return value === null ? "null" : `a value of type ${typeof value}`;
}
