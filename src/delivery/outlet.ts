import type { Frame } from "../core/frame.ts";
import type { TcpState } from "../system/tcp.ts";

/** The way to one client: how frames leave on it, and when there is room for the next. */
export interface Outlet {
  /** Whether a frame is on its way that the connection has not taken whole; nothing may be sent until it has. */
  readonly busy: boolean;
  /** Whether the last frame of a series is to be sent twice: some browsers paint a picture only when another follows. */
  readonly repeats: boolean;
  /** Bytes handed over so far. */
  readonly bytes: number;
  /** Called when the connection has taken a frame that it did not take at once. */
  onRoom: () => void;
  /** Sends a frame. Only while not {@link busy}. */
  send(frame: Frame): void;
  /** Ends properly: behind what is on its way, the last picture once more and what closes the stream. */
  end(last: Frame | undefined): void;
  /** Cuts the connection, whatever is on its way. */
  cut(): void;
  /** What the kernel knows of the connection; undefined where it cannot be asked. */
  state(): TcpState | undefined;
}
