import { MjpegError } from "../core/errors.ts";
import type { SourceAddress } from "./address.ts";
import { Inlet } from "./inlet.ts";
import type { Source } from "./source.ts";

/**
 * Opens `push:`: the pictures that publishers send to the stream by HTTP or WebSocket.
 * @throws MjpegError `ERR_OPTION_INVALID` for any option, `ERR_ADDRESS_INVALID` for a path.
 */
export function openPush({ options, target }: SourceAddress, name: string): Source {
  options.flag("preload");
  options.end();
  if (target !== "") {
    throw new MjpegError(
      "ERR_ADDRESS_INVALID",
      `"push:${target}" is not a source: push: has no path; write NAME=push: and publish to /streams/NAME/live.mjpeg`,
    );
  }
  const inlet = new Inlet(name);
  return { label: "push", inlet, capture: (signal, report) => inlet.pictures(signal, report) };
}
