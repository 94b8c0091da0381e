const STORED_AS = "kinora:publish";

/** What somebody chose on the page. */
export interface PublishSettings {
  /** Name of the stream. */
  readonly name: string;
  /** What the pictures are of. */
  readonly from: "camera" | "screen";
  /** A device's id, or `user` or `environment` for the way it faces; empty for any camera. */
  readonly camera: string;
  /** The way the camera last used faces, for browsers that do not tell ids before they are asked for pictures. */
  readonly facing: string;
  /** The longer side of a picture in pixels, at most. */
  readonly long: number;
  /** The shorter side of a picture in pixels, at most. */
  readonly short: number;
  /** Pictures a second, at most: 1–30. */
  readonly fps: number;
  /** JPEG quality: 20–95. */
  readonly quality: number;
}

const DEFAULTS: PublishSettings = {
  name: "phone",
  from: "camera",
  camera: "",
  facing: "environment",
  long: 1280,
  short: 720,
  fps: 15,
  quality: 75,
};

/** What was chosen the last time; `?stream=` names the stream in any case. */
export function loadSettings(): PublishSettings {
  const named = new URLSearchParams(location.search).get("stream");
  return { ...DEFAULTS, ...stored(), ...(named === null ? {} : { name: named }) };
}

/** Remembers the choices for the next time. */
export function keepSettings(settings: PublishSettings): void {
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(settings));
  } catch {
    // The browser keeps nothing for this page. The next time begins with the defaults.
  }
}

/** Only what is of the right kind: an earlier version of the page may have kept something else. */
function stored(): Partial<PublishSettings> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORED_AS) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept).filter(([key, value]) => typeof value === typeof Reflect.get(DEFAULTS, key)),
    );
  } catch {
    return {};
  }
}
