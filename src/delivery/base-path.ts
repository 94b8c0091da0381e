import { invalid } from "../core/validate.ts";

const BASE_PATH = /^(?:\/(?!\.+(?:\/|$))[\w.~-]{1,64}){0,16}$/;

/**
 * The path that every address is below, without a slash at its end; empty for none.
 * @param path such as `/cams` or `/a/cams/`
 * @throws MjpegError `ERR_OPTION_INVALID` for what is no such path.
 */
export function checkedBasePath(path = ""): string {
  const base = path.replace(/\/$/, "");
  if (BASE_PATH.test(base)) return base;
  throw invalid(
    "basePath",
    "a path such as /cams, of letters, digits, dots, dashes, underscores and tildes",
    path,
  );
}

/**
 * What is left of a path below the base path, with its first slash: empty for the base path itself, undefined for what
 * is not below it.
 */
export function belowBase(path: string, base: string): string | undefined {
  if (base === "") return path;
  if (!path.startsWith(base)) return undefined;
  const rest = path.slice(base.length);
  return rest === "" || rest.startsWith("/") ? rest : undefined;
}
