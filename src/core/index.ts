/**
 * Frames and the hub that fans them out. Runs in any JavaScript runtime.
 *
 * @module
 */
export { Demand, type DemandActions, type Timers } from "./demand.ts";
export { MjpegError, SourceError, type ErrorCode } from "./errors.ts";
export type { CapturedImage, Frame } from "./frame.ts";
export { Hub, type HubOptions, type Subscriber } from "./hub.ts";
export { RateMeter } from "./rate-meter.ts";
