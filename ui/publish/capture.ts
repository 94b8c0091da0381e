import type { PublishSettings } from "./settings.ts";

/** Pictures that this device takes, until it is stopped. */
export interface Capture {
  readonly from: PublishSettings["from"];
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;
}

/**
 * Opens the camera or screen that was chosen; the browser asks whoever sits there.
 * @param strict whether only the very camera will do: one that comes back must not become another
 * @throws DOMException as getUserMedia() and getDisplayMedia() do.
 */
export async function openCapture(settings: PublishSettings, strict: boolean): Promise<Capture> {
  const { from } = settings;
  const stream =
    from === "screen"
      ? await navigator.mediaDevices.getDisplayMedia({ video: shape(settings), audio: false })
      : await navigator.mediaDevices.getUserMedia({ video: camera(settings, strict), audio: false });
  const [track] = stream.getVideoTracks();
  if (track === undefined) throw new DOMException("the browser gave no pictures", "NotFoundError");
  // An encoder of moving pictures would guess otherwise: text is to stay sharp.
  if (from === "screen" && "contentHint" in track) track.contentHint = "detail";
  return { from, stream, track };
}

/** Ends a capture: the light of the camera goes out. */
export function stopCapture(capture: Capture | undefined): void {
  for (const track of capture?.stream.getTracks() ?? []) track.stop();
}

/** Asks a running capture for another size and rate. What it cannot do itself, is done with its pictures. */
export async function reshape({ track }: Capture, settings: PublishSettings): Promise<void> {
  await track.applyConstraints(shape(settings)).catch(() => undefined);
}

function camera(settings: PublishSettings, strict: boolean): MediaTrackConstraints {
  const { camera: chosen, facing } = settings;
  if (chosen === "user" || chosen === "environment")
    return { ...shape(settings), facingMode: { ideal: chosen } };
  if (chosen === "") return { ...shape(settings), facingMode: { ideal: facing } };
  return { ...shape(settings), deviceId: strict ? { exact: chosen } : { ideal: chosen } };
}

/** A screen is taken as it is, and made smaller afterwards: it is of any shape. */
function shape({ from, long, short, fps }: PublishSettings): MediaTrackConstraints {
  const frameRate = { ideal: fps, max: 30 };
  return from === "screen" ? { frameRate } : { width: { ideal: long }, height: { ideal: short }, frameRate };
}
