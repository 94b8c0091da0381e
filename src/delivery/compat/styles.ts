import type { PartStyle } from "../../wire/multipart-encoder.ts";

/** Python servers and go2rtc. */
export const FRAME: PartStyle = { boundary: "frame" };
/** picamera2's example, and what was made from it. */
export const FRAME_IN_CAPITALS: PartStyle = { boundary: "FRAME" };
/** Axis cameras, cam2web, webcamXP. Some declare it with two dashes in front; on the wire it is the same. */
export const MYBOUNDARY: PartStyle = { boundary: "myboundary" };
/** Motion. */
export const BOUNDARY_STRING: PartStyle = { boundary: "BoundaryString" };
/** camera-streamer. */
export const DIGITS: PartStyle = { boundary: "123456789000000000000987654321" };
/** ESP32-CAM, whose firmware says 60, whatever the rate is. */
export const DIGITS_AND_RATE: PartStyle = { boundary: DIGITS.boundary, lines: ["X-Framerate: 60"] };
/** ZoneMinder's nph-zms. */
export const ZONEMINDER_FRAME: PartStyle = { boundary: "ZoneMinderFrame" };
/** Shinobi. */
export const SHINOBI: PartStyle = { boundary: "shinobi" };
