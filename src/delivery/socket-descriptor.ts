import type { Socket } from "node:net";

/**
 * The file descriptor of a connection; undefined where it has none. Node keeps it in a field without documentation, the
 * same since Node 0.10; where it should vanish, all goes on as on a system without these calls.
 */
export function descriptorOf(socket: Socket): number | undefined {
  const descriptor = ofHandle(socket, "fd");
  return descriptor !== undefined && descriptor >= 0 ? descriptor : undefined;
}

/** Bytes of begun writes that the system has not taken; what Node's own idle timeout looks at, too. */
export function unwrittenBytesOf(socket: Socket): number {
  return ofHandle(socket, "writeQueueSize") ?? 0;
}

/** Whether Node encrypts what is written to the connection. */
export function isEncrypted(socket: Socket): boolean {
  return Reflect.get(socket, "encrypted") === true;
}

function ofHandle(socket: Socket, name: string): number | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  const value: unknown =
    typeof handle === "object" && handle !== null ? Reflect.get(handle, name) : undefined;
  return typeof value === "number" ? value : undefined;
}
