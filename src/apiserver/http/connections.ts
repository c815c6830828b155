/**
 * The connections that are open, and how many there may be. When there are too many, the one that has done nothing for
 * the longest time makes room for the new one, so that a client that leaves connections idle does not block others.
 *
 * A TLS handshake takes this process about a millisecond, so one is begun in a turn of the event loop: a thousand
 * clients at once must not stop those who are served already.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { drainMicrotasks } from "../../kernel/index.ts";

interface Connection {
  readonly key: string;
  readonly socket: Socket;
  /** Requests under way. */
  busy: number;
}

export class Connections {
  readonly #most: number;
  readonly #onFull: () => void;
  /** By remote address and port, that which was used last at the end. */
  readonly #open = new Map<string, Connection>();
  /** By the socket of its requests, which for TLS is another than that which was accepted. */
  readonly #known = new WeakMap<Socket, Connection>();
  /** What begins the handshakes of connections that wait for it. */
  readonly #waiting: (() => void)[] = [];

  /** @param onFull called when a connection is refused because none is idle. */
  constructor(most: number, onFull: () => void) {
    this.#most = most;
    this.#onFull = onFull;
  }

  get count(): number {
    return this.#open.size;
  }

  /** A TCP connection. `begin` starts its TLS handshake. */
  accept(socket: Socket, begin: () => void): void {
    const key = keyOf(socket);
    if (this.#open.size >= this.#most && !this.#closeIdle()) {
      socket.destroy();
      this.#onFull();
      return;
    }
    const connection = { key, socket, busy: 0 };
    this.#open.set(key, connection);
    socket.on("close", () => {
      if (this.#open.get(key) === connection) this.#open.delete(key);
    });
    // What a client sends, or breaks, before there is a listener is not an error of the server.
    const onError = () => socket.destroy();
    socket.on("error", onError);
    this.#waiting.push(() => {
      if (socket.destroyed) return;
      socket.off("error", onError);
      try {
        begin();
      } catch {
        socket.destroy();
      }
    });
    if (this.#waiting.length === 1) void this.#beginWaiting();
  }

  /** Cannot fail: a handshake that does is reported by its server. */
  async #beginWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#waiting[0]?.();
      await drainMicrotasks();
      this.#waiting.shift();
    }
  }

  begin({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.#known.get(socket) ?? this.#open.get(keyOf(socket));
    if (connection === undefined) return;
    this.#known.set(socket, connection);
    connection.busy++;
    response.on("close", () => {
      connection.busy--;
      const { key } = connection;
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
