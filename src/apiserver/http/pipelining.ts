/**
 * Requests that a client sends before it has the answer to the last one are worked on one after another. Else their
 * answers would pile up in Node, which then fails the connection (docs/design/0013).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { tooManyRequests } from "../status-error.ts";

/** Requests of one connection that may wait. */
const MOST_WAITING = 1_000;

/** What lets those go on that wait, by connection. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** Undefined: it is the only one, as is usual. Else resolves when those before it are answered. @throws StatusError 429 */
export function firstOnItsConnection(
  { socket }: IncomingMessage,
  response: ServerResponse,
): Promise<void> | undefined {
  if (response.socket !== null) return undefined;
  const others = waitingOn(socket);
  if (others.size >= MOST_WAITING) {
    throw tooManyRequests(`${others.size} requests of this connection wait already: send them one by one`, 1);
  }
  return new Promise((resolve) => {
    const done = () => {
      others.delete(done);
      resolve();
    };
    others.add(done);
    response.once("socket", done);
  });
}

function waitingOn(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known !== undefined) return known;
  const made = new Set<() => void>();
  waiting.set(socket, made);
  socket.once("close", () => {
    for (const done of [...made]) done();
  });
  return made;
}
