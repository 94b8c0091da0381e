import { readFileSync, statSync } from "node:fs";
import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";
import type { ErrorCode } from "../../core/errors.ts";
import { SourceError } from "../../core/errors.ts";

const { EACCES, EBUSY, EIO, EISDIR, EINVAL, ENODEV, ENOENT, ENOSPC, ENOTDIR, ENOTTY, ENXIO, EPERM, EPROTO } =
  constants.errno;

/** Errno 108, the answer of a USB device that is going away; node:os does not name it. */
const ESHUTDOWN = 108;

/** A Linux error of a camera, as a sentence with the cure. `doing` is what was tried: `starting`. */
export function cameraError(path: string, doing: string, errno: number): SourceError {
  const camera = `camera ${path}`;
  switch (errno) {
    case EACCES:
    case EPERM:
      return failure("ERR_CAMERA_PERMISSION", false, `${camera} may not be opened: ${membership(path)}`);
    case EBUSY:
      return failure(
        "ERR_CAMERA_BUSY",
        true,
        `${camera} is in use by another program; \`fuser -v ${path}\` names it`,
      );
    case ENOSPC:
      return failure(
        "ERR_CAMERA_BUSY",
        true,
        `${camera} gets too little of its USB bus (ENOSPC): choose a smaller size or rate, or plug it into another port`,
      );
    case ENODEV:
    case EIO:
    case ENXIO:
    case EPROTO:
    case ESHUTDOWN:
      return cameraLost(path, `${nameOf(errno)} while ${doing}`);
    default:
      return failure("ERR_SOURCE_FAILED", true, `${camera}: ${doing} failed: ${nameOf(errno)}`);
  }
}

/** An error of a camera that another program has put into words; undefined where these tell of none. */
export function cameraErrorInWords(path: string, words: string): SourceError | undefined {
  const found = WORDS.find(([pattern]) => pattern.test(words));
  return found === undefined ? undefined : cameraError(path, "capturing", found[1]);
}

/** What the C library calls these errors. */
const WORDS: readonly (readonly [RegExp, number])[] = [
  [/permission denied|operation not permitted/i, EACCES],
  [/device or resource busy/i, EBUSY],
  [/no space left on device/i, ENOSPC],
  [/no such device|no such file|input\/output error|protocol error/i, ENODEV],
];

/** Opening a path failed: there, unlike later, "no such device" means that it is not plugged in. */
export function openError(path: string, errno: number): SourceError {
  if (errno === ENOENT || errno === ENXIO || errno === ENODEV) return cameraMissing(path, []);
  if (errno === EISDIR || errno === ENOTDIR) return notACamera(path);
  return cameraError(path, "opening", errno);
}

/** The first question to the driver failed: what was opened may be something else altogether. */
export function queryError(path: string, errno: number): SourceError {
  if (errno === ENOTTY || errno === EINVAL) return notACamera(path);
  return cameraError(path, "asking what it is", errno);
}

/** There is nothing at this path; `others` are the cameras there are, as people should read them. */
export function cameraMissing(path: string, others: readonly string[]): SourceError {
  const there = others.length === 0 ? "no camera is connected" : `there is ${others.join(", ")}`;
  return failure(
    "ERR_CAMERA_MISSING",
    true,
    `camera ${path} is not there (${there}); plug it in, or choose one that \`kinora devices\` lists`,
  );
}

/** Somebody asked for the first camera and there is none. `found` are those that cannot be used, with the reason. */
export function noCamera(found: readonly string[]): SourceError {
  const why = found.length === 0 ? "none is connected" : `there is only ${found.join(", ")}`;
  return failure("ERR_CAMERA_MISSING", true, `no camera that delivers JPEG: ${why}`);
}

/** The camera went away while it was running. */
function cameraLost(path: string, what: string): SourceError {
  return failure("ERR_CAMERA_LOST", true, `camera ${path} was unplugged or stopped answering (${what})`);
}

/** The camera is there and says nothing. `torn` pictures came meanwhile. */
export function cameraStalled(path: string, silentMs: number, torn: number): SourceError {
  const seconds = (silentMs / 1000).toFixed(1);
  const what =
    torn === 0
      ? `sent no picture for ${seconds} s`
      : `sent ${torn} pictures in ${seconds} s, none of them whole: try another cable, port or a smaller size`;
  return failure("ERR_CAMERA_STALLED", true, `camera ${path} ${what}`);
}

/** The device cannot deliver JPEG pictures. */
export function cameraFormat(path: string, what: string): SourceError {
  return failure("ERR_CAMERA_FORMAT", false, `camera ${path} cannot be used: ${what}`);
}

function notACamera(path: string): SourceError {
  return cameraFormat(path, "it is not a video device; `kinora devices` lists those there are");
}

function failure(code: ErrorCode, retryable: boolean, message: string): SourceError {
  return new SourceError(code, message, { retryable });
}

/** `EBUSY (resource busy or locked)` */
function nameOf(errno: number): string {
  const [name, meaning] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, "unknown error"];
  return `${name} (${meaning})`;
}

/** Which group may open the device and how to join it. */
function membership(path: string): string {
  const group = groupOf(path);
  if (group === "root") return "only root may";
  return `your user is not in its group "${group}"; run \`sudo usermod -aG ${group} $USER\` and log in again`;
}

function groupOf(path: string): string {
  try {
    const { gid } = statSync(path);
    const entry = readFileSync("/etc/group", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .find((fields) => fields[2] === String(gid));
    return entry?.[0] ?? String(gid);
  } catch {
    // Not to be seen from here: video is the group of cameras on every distribution.
    return "video";
  }
}
