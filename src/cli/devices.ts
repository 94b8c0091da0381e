import { listCameras, type Camera } from "../app/sources.ts";

/** Prints every camera of this machine with its formats, sizes and rates, and the line that shows it. */
export async function showDevices(): Promise<void> {
  const { cameras, refused } = await listCameras();
  const text =
    cameras.length === 0
      ? "No camera was found. Is one plugged in? On Linux, cameras are /dev/video0, /dev/video1, …"
      : cameras.map(describe).join("\n\n");
  const troubles = refused.map(({ message }) => `\n${message}`);
  process.stdout.write(`${[text, ...troubles].join("\n")}\n`);
}

function describe({ path, name, bus, formats, capturesMjpeg }: Camera): string {
  const lines = formats.flatMap(({ fourcc, description, sizes }) => [
    `    ${fourcc}  ${description}`,
    ...sizes.map(
      ({ width, height, fps }) => `        ${`${width}x${height}`.padEnd(10)} ${fps.join(", ")} fps`,
    ),
  ]);
  const hint = capturesMjpeg ? `kinora camera:${path}` : "cannot be shown: it has no Motion JPEG format";
  return [`${name}  (${path}, ${bus})`, `    ${hint}`, ...lines].join("\n");
}
