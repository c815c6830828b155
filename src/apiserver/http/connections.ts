/**
 * The connections that are open, and how many there may be. When there are too many, the one that has done nothing for
 * the longest time makes room for the new one, so that whoever opens connections and leaves them idle shuts nobody out.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface Connection {
  readonly socket: Socket;
  /** Requests under way. */
  busy: number;
}

export class Connections {
  readonly #most: number;
  readonly #onFull: () => void;
  /** By remote address and port, that which was used last at the end. */
  readonly #open = new Map<string, Connection>();

  /** @param onFull told when a connection is refused since none is idle. */
  constructor(most: number, onFull: () => void) {
    this.#most = most;
    this.#onFull = onFull;
  }

  get count(): number {
    return this.#open.size;
  }

  /** A TCP connection, before its TLS handshake. */
  accept(socket: Socket): void {
    const key = keyOf(socket);
    if (this.#open.size >= this.#most && !this.#closeIdle()) {
      socket.destroy();
      this.#onFull();
      return;
    }
    const connection = { socket, busy: 0 };
    this.#open.set(key, connection);
    socket.on("close", () => {
      if (this.#open.get(key) === connection) this.#open.delete(key);
    });
  }

  begin({ socket }: IncomingMessage, response: ServerResponse): void {
    const key = keyOf(socket);
    const connection = this.#open.get(key);
    if (connection === undefined) return;
    connection.busy++;
    response.on("close", () => {
      connection.busy--;
      if (this.#open.get(key) !== connection) return;
      this.#open.delete(key);
      this.#open.set(key, connection);
    });
  }

  #closeIdle(): boolean {
    for (const [key, { socket, busy }] of this.#open) {
      if (busy > 0) continue;
      this.#open.delete(key);
      socket.destroy();
      return true;
    }
    return false;
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
