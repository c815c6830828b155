/**
 * Requests that a client sends before it has the answer to the last one are worked on one after another. Else their
 * answers would pile up in Node, which then fails the connection (docs/design/0013).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { tooManyRequests } from "../status-error.ts";

/** Requests of one connection that may wait. */
const MOST_WAITING = 1_000;
const waiting = new WeakMap<Socket, number>();

/** Undefined: it is the only one, as is usual. Else resolves when those before it are answered. @throws StatusError 429 */
export function firstOnItsConnection(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> | undefined {
  if (response.socket !== null) return undefined;
  const { socket } = request;
  const count = waiting.get(socket) ?? 0;
  if (count >= MOST_WAITING) {
    throw tooManyRequests(`${count} requests of this connection wait already: send them one by one`, 1);
  }
  waiting.set(socket, count + 1);
  return new Promise((resolve) => {
    const done = () => {
      response.off("socket", done);
      socket.off("close", done);
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      resolve();
    };
    response.on("socket", done);
    socket.on("close", done);
  });
}
