import type { IncomingMessage } from "node:http";
import type { StreamStatus } from "../../wire/api-types.ts";
import type { RequestContext } from "../route.ts";
import { isEncrypted } from "../socket-descriptor.ts";
import type { Show } from "../show.ts";
import { tidyPath } from "./address-pattern.ts";
import type { Document } from "./family.ts";
import { ESP32_SIZES } from "./sizes.ts";

const SIZE_UNKNOWN = { width: 0, height: 0 };

/** mjpg-streamer's `/program.json`: what goes in and what comes out. */
export const program: Document = json((_, { shows }) => ({
  inputs: Array.from(shows.values(), (each, id) => ({
    id: String(id),
    name: each.name,
    plugin: each.name,
    args: each.status().source,
  })),
  outputs: [{ id: "0", name: "kinora", plugin: "kinora", args: "" }],
}));

/** mjpg-streamer's `/input_N.json`: the controls of a camera, of which there are none, and its size. */
export const input: Document = json((show) => {
  const { width, height } = sizeNow(show.status());
  const format = { id: "0", name: "Motion-JPEG", compressed: "true", emulated: "false", current: "true" };
  return {
    controls: [],
    formats: [{ ...format, resolutions: { 0: `${width}x${height}` }, currentResolution: "0" }],
  };
});

/** mjpg-streamer's `/output_N.json`. */
export const output: Document = json(() => ({ controls: [] }));

/** mjpg-streamer's `/clients.json`: who watches, and since when, in seconds. */
export const clients: Document = {
  ...json((_, { viewers }) => ({
    clients: viewers.values().map(({ address, since }) => ({ address, timestamp: Math.floor(since / 1000) })),
  })),
  isOfViewers: true,
};

/** ustreamer's `/state`. Rates are whole numbers there. Who watches is only counted. */
export const ustreamerState: Document = json((show) => {
  const status = show.status();
  const fps = Math.round(status.fps);
  return {
    ok: true,
    result: {
      instance_id: status.name,
      encoder: { type: "HW", quality: 0 }, // ustreamer's words for: handed on as the camera made them
      source: {
        resolution: sizeNow(status),
        online: status.state === "live",
        desired_fps: fps,
        captured_fps: fps,
      },
      stream: { queued_fps: fps, clients: status.viewers, clients_stat: {} },
    },
  };
});

/** camera-streamer's `/status`: what goes out, and where. */
export const cameraStreamerStatus: Document = json((show, { req }) => {
  const status = show.status();
  const folder = folderOf(req);
  const output = { ...sizeNow(status), fps: status.fps, clients: status.viewers };
  const at = (name: string) => ({ enabled: true, uri: `${folder}${name}` });
  return {
    outputs: { stream: output, snapshot: output },
    endpoints: {
      stream: at("stream"),
      snapshot: at("snapshot"),
      video: { enabled: false },
      webrtc: { enabled: false },
      rtsp: { enabled: false },
    },
  };
});

/** An ESP32-CAM's `/status`: of its settings the frame size, by its number there. */
export const esp32Status: Document = json((show) => {
  const { width, height } = sizeNow(show.status());
  const framesize = Object.entries(ESP32_SIZES).find(([, size]) => size[0] === width && size[1] === height);
  return { pixformat: 3, ...(framesize === undefined ? {} : { framesize: Number(framesize[0]) }) };
});

/** IP Webcam's `/status.json`; what may be chosen only where `show_avail=1` asks for it. */
export const ipWebcamStatus: Document = json((show, { query }) => {
  const status = show.status();
  const { width, height } = sizeNow(status);
  const size = `${width}x${height}`;
  return {
    video_connections: status.viewers,
    audio_connections: 0,
    video_status: { result: "Ok", mode: "none" },
    curvals: { video_size: size, photo_size: size },
    ...(query.get("show_avail") === "1" ? { avail: { video_size: [size], photo_size: [size] } } : {}),
  };
});

/** IP Webcam's `/sensors.json`: there are none. */
export const ipWebcamSensors: Document = json(() => ({}));

/** cam2web's `/camera/info`. */
export const cam2webInfo: Document = json((show) => {
  const status = show.status();
  const { width, height } = sizeNow(status);
  return {
    status: "OK",
    config: { device: status.source, title: status.name, width: String(width), height: String(height) },
  };
});

/** cam2web's `/version`. */
export const cam2webVersion: Document = json(() => ({
  status: "OK",
  config: { product: "Kinora", platform: process.platform },
}));

/** Axis' `/axis-cgi/imagesize.cgi`. */
export const axisSize: Document = text((show) => {
  const { width, height } = sizeNow(show.status());
  return `image width = ${width}\r\nimage height = ${height}\r\n`;
});

/** Axis' `/axis-cgi/param.cgi?action=list`: the parameters of the groups asked for that are known here, all without one. */
export const axisParameters: Document = text((show, { shows, query }) => {
  const { width, height } = sizeNow(show.status());
  const count = Array.from(shows.values()).length;
  const all = {
    "Brand.Brand": "Kinora",
    "ImageSource.NbrOfSources": String(count),
    "Properties.API.HTTP.Version": "3",
    "Properties.Image.Format": "jpeg,mjpeg",
    "Properties.Image.NbrOfViews": String(count),
    "Properties.Image.Resolution": `${width}x${height}`,
    "Properties.Image.Rotation": "0,90,180,270",
  };
  const groups = query
    .getAll("group")
    .flatMap((group) => group.split(","))
    .map((group) => group.replace(/^root\./i, "").replace(/\.?\*$/, ""));
  const isAsked = (name: string) =>
    groups.length === 0 || groups.some((group) => group === "" || `${name}.`.startsWith(`${group}.`));
  return Object.entries(all)
    .filter(([name]) => isAsked(name))
    .map(([name, value]) => `root.${name}=${value}\r\n`)
    .join("");
});

function json(value: (show: Show, context: RequestContext) => unknown): Document {
  return { type: "application/json", text: (...asked) => JSON.stringify(value(...asked)) };
}

function text(value: (show: Show, context: RequestContext) => string): Document {
  return { type: "text/plain", text: value };
}

/** The folder that was asked, with the base path and that of a camera behind a printer's proxy, as `http://host/cams/webcam2/`. */
function folderOf(req: IncomingMessage): string {
  // What Express and its like have taken off in front is beside it.
  const written = "originalUrl" in req && typeof req.originalUrl === "string" ? req.originalUrl : req.url;
  const [path = ""] = (written ?? "/").replace(/^https?:\/\/[^/?#]*/i, "").split("?", 1);
  const scheme = isEncrypted(req.socket) ? "https" : "http";
  const asked = tidyPath(path);
  const folder = encodeURI(asked.slice(0, asked.lastIndexOf("/") + 1));
  return `${scheme}://${req.headers.host ?? "localhost"}${folder}`;
}

/** Clients calculate with the size: before the first picture it is 0, as with servers whose camera is away. */
function sizeNow({ width, height }: StreamStatus): { readonly width: number; readonly height: number } {
  return width === null || height === null ? SIZE_UNKNOWN : { width, height };
}
