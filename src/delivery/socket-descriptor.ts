import type { Socket } from "node:net";

/**
 * The file descriptor of a connection; undefined where it has none. Node keeps it in a field without documentation, the
 * same since Node 0.10; where it should vanish, all goes on as on a system without these calls.
 */
export function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  const descriptor: unknown =
    typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  return typeof descriptor === "number" && descriptor >= 0 ? descriptor : undefined;
}

/** Whether Node encrypts what is written to the connection. */
export function isEncrypted(socket: Socket): boolean {
  return Reflect.get(socket, "encrypted") === true;
}
