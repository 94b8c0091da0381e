import { findDevices, type Camera, type Devices } from "../app/devices.ts";
import { SourceError } from "../core/errors.ts";

/** Most windows that are listed; a desktop with more has them behind one another. */
const MOST_WINDOWS = 40;

const UNSHOWN = "cannot be shown: it has no format that can be made into pictures";

/** Prints everything of this machine that can be shown, each with the line that shows it. */
export async function showDevices(): Promise<void> {
  const devices = await findDevices();
  const parts = [...cameraParts(devices), ...piParts(devices), ...screenParts(devices), ffmpegLine(devices)];
  process.stdout.write(`${parts.map(withoutControls).join("\n\n")}\n`);
}

function cameraParts({ cameras: { cameras, refused }, piCameras }: Devices): string[] {
  const noOther = piCameras.length === 0;
  const none = "No camera was found. Is one plugged in? On Linux, cameras are /dev/video0, /dev/video1, …";
  const parts = cameras.length === 0 && noOther ? [none] : cameras.map(describe);
  return [...parts, ...refused.map(({ message }) => message)];
}

function describe({ path, name, bus, formats, capturesMjpeg, capturesRaw }: Camera): string {
  const lines = formats.flatMap(({ fourcc, description, sizes }) => [
    `    ${fourcc}  ${description}`,
    ...sizes.map(
      ({ width, height, fps }) => `        ${`${width}x${height}`.padEnd(10)} ${fps.join(", ")} fps`,
    ),
  ]);
  const line = command(`camera:${path}`);
  const hint = capturesMjpeg ? line : capturesRaw ? `${line}   (ffmpeg makes the pictures)` : UNSHOWN;
  const place = path === name ? bus : `${path}, ${bus}`;
  return [`${name}  (${place})`, `    ${hint}`, ...lines].join("\n");
}

function piParts({ piCameras }: Devices): string[] {
  return piCameras.map(({ index, name, modes }) => {
    const lines = modes.map(
      ({ width, height, fps }) => `        ${`${width}x${height}`.padEnd(10)} ${fps} fps`,
    );
    const line = command(index === 0 ? "pi:" : `pi:?camera=${index}`);
    return [`${name}  (camera ${index} of the Raspberry Pi)`, `    ${line}`, ...lines].join("\n");
  });
}

function screenParts({ screens: { screens, windows, refused } }: Devices): string[] {
  const parts = screens.map(({ address, name, size }) => {
    const pixels = size === undefined ? "" : `, ${size.width}x${size.height}`;
    return `The desktop  (${name}${pixels})\n    ${command(address)}`;
  });
  const lines = windows.slice(0, MOST_WINDOWS).map(({ address }) => `    ${command(address)}`);
  const more = windows.length > lines.length ? [`    and ${windows.length - lines.length} more`] : [];
  if (lines.length > 0) parts.push(["Windows", ...lines, ...more].join("\n"));
  const missing = screens.length === 0 && windows.length === 0;
  // Without ffmpeg its own line says so.
  const others = refused.filter(({ code }) => code !== "ERR_FFMPEG_MISSING");
  return [...parts, ...others.map(({ message }) => (missing ? `No screen was found: ${message}` : message))];
}

function ffmpegLine({ ffmpeg }: Devices): string {
  if (ffmpeg instanceof SourceError) {
    return `Without ffmpeg there are no screens, windows, video files and RTSP cameras: ${ffmpeg.message}`;
  }
  const { path, version } = ffmpeg;
  return `ffmpeg ${Number.isFinite(version) ? version : "of a version it does not tell"}  (${path})`;
}

/** The line that shows a source, as a shell takes it. */
function command(address: string): string {
  const isPlain = /^[\w:./@%+-]+$/.test(address);
  return `kinora ${isPlain ? address : `'${address.replaceAll("'", String.raw`'\''`)}'`}`;
}

/** What a window is called could steer the terminal. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{C}\n]+/gu, " ");
}
