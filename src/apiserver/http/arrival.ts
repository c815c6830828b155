/**
 * A request as it came in, over HTTPS or from a client in this process: as much of Node's request and response as the
 * server needs of either.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { InProcessEvents } from "../../kube/in-process.ts";
import type { User } from "../context.ts";

export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly headersDistinct: NodeJS.Dict<string[]>;
  /** Whether all of it is here, so that what follows is another request. */
  readonly complete: boolean;
  readonly socket: { readonly remoteAddress?: string | undefined; destroy(): unknown };
}

type ResponseEvent = "close" | "drain" | "error";

/** As much of `node:http`'s `ServerResponse` as is used. `close` comes after the answer, or instead of it. */
export interface ResponsePort {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  readonly writableNeedDrain: boolean;
  writeHead(code: number, headers: Record<string, string | number | string[]>): unknown;
  flushHeaders(): void;
  write(piece: string | Uint8Array): boolean;
  end(piece?: string | Uint8Array): unknown;
  destroy(): unknown;
  on(event: ResponseEvent, listener: () => void): unknown;
  once(event: ResponseEvent, listener: () => void): unknown;
  off(event: ResponseEvent, listener: () => void): unknown;
}

export interface Arrival {
  readonly request: RequestHead;
  readonly response: ResponsePort;
  /**
   * Reads the body, and asks `giveWay` before it reads more than has come. Absent: it is a value, or there is none.
   *
   * @throws StatusError 400, 413
   */
  readonly readBody?: (giveWay: () => Promise<void> | undefined) => Promise<Buffer>;
  /** For a client in this process. Absent: the answer is text. */
  readonly inProcess?: InProcessPart;
  /** Undefined: nothing is before it. @throws StatusError 429 */
  first(): Promise<void> | undefined;
  /** Undefined: there are no credentials, or they are wrong. */
  authenticate(): User | undefined;
}

/** What goes between the server and a client in its process as it is. Both answers come after `writeHead`. */
export interface InProcessPart {
  /** A JSON value that belongs to the server; undefined: there is none. */
  readonly body: unknown;
  /** The answer is a value, which is shared and so frozen. The response has ended then. */
  hand(value: object): void;
  /** The answer is a watch. The response ends when the watch does. */
  open(events: WatchedEvents): void;
}

export interface WatchedEvents extends InProcessEvents {
  /** The response has ended before its time. */
  breakOff(): void;
}
