/**
 * Kinora: any pictures to live video in every browser.
 *
 * @module
 */
export { ImageServer, type Viewer } from "./app/image-server.ts";
export { mjpegResponse, type MjpegResponseOptions } from "./app/mjpeg-response.ts";
export type { ImageServerOptions } from "./app/image-server-options.ts";
export type { SourceInput } from "./app/sources.ts";
export { MjpegError, SourceError, type ErrorCode } from "./core/errors.ts";
export type { CapturedImage } from "./core/frame.ts";
export type { Handler } from "./delivery/handler.ts";
export type { OwnPicture, OwnPictures } from "./sources/own-source.ts";
export type { Source, SourceReport } from "./sources/source.ts";
export type { StreamState, StreamStatus, ViewerStatus } from "./wire/api-types.ts";
