/**
 * Reading and writing `multipart/x-mixed-replace`, the video of browsers, cameras and Kinora: in any runtime, without
 * the rest of Kinora.
 */
export type { ApiError, StreamState, StreamStatus, ViewerStatus } from "./api-types.ts";
export { MjpegError, type ErrorCode } from "../core/errors.ts";
export { boundaryOf } from "./boundary.ts";
export { frames, type FramesOptions } from "./frames.ts";
export type { ReadLimits } from "./limits.ts";
export { BOUNDARY, MULTIPART_TYPE, type Layout } from "./multipart-encoder.ts";
export type { BadPartReason, Part } from "./part.ts";
export { parts, type PartsOptions } from "./parts.ts";
export { multipartBody, type MultipartBodyOptions } from "./writer.ts";
