/** A camera to choose. */
export interface CameraChoice {
  /** What {@link PublishSettings.camera} becomes. */
  readonly value: string;
  readonly label: string;
}

/** Phones and tablets: their cameras are told apart by the way they face, and only one works at a time. */
export const IS_HAND_HELD: boolean = matchMedia("(pointer: coarse)").matches;

const BY_FACING: readonly CameraChoice[] = [
  { value: "environment", label: "Back camera" },
  { value: "user", label: "Front camera" },
];
const ANY: readonly CameraChoice[] = [{ value: "", label: "Camera" }];

/** The cameras of this device. Browsers tell their names only once one of them was allowed. */
export async function listCameras(): Promise<readonly CameraChoice[]> {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  const cameras = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "");
  if (cameras.length === 0) return IS_HAND_HELD ? BY_FACING : ANY;
  const labels = cameras.map(({ label }, place) => plain(label) || `Camera ${place + 1}`);
  return cameras.map(({ deviceId }, place) => ({ value: deviceId, label: unique(labels, place) }));
}

/** Android says "camera2 1, facing front"; others add the USB number of the model. */
function plain(label: string): string {
  const [, facing] = /facing (front|back)/.exec(label) ?? [];
  if (facing !== undefined) return facing === "front" ? "Front camera" : "Back camera";
  return label.replace(/ \([\da-f]{4}:[\da-f]{4}\)$/i, "");
}

function unique(labels: readonly string[], place: number): string {
  const label = labels[place] ?? "";
  const earlier = labels.slice(0, place).filter((other) => other === label).length;
  return earlier === 0 ? label : `${label} ${earlier + 1}`;
}
