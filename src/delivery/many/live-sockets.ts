/** A connection over which a client watches many streams. */
export interface OpenSocket {
  /** Closes it: the server stops. */
  close(): void;
}

/** All such connections of a server. They may watch nothing at the moment, so the end of their streams does not end them. */
export class LiveSockets {
  readonly #open = new Set<OpenSocket>();

  /** Adds one. Returns the function that takes it out. */
  add(socket: OpenSocket): () => void {
    this.#open.add(socket);
    return () => void this.#open.delete(socket);
  }

  /** Closes all of them. */
  close(): void {
    for (const socket of this.#open) socket.close();
  }
}
