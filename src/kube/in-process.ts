/**
 * What an API server offers to clients in its own process, and what they make of it: requests and answers as values, with
 * no socket, no TLS and no text between them (docs/design/0018). Server and client know this shape, and not each other.
 */
import type { KubeObject } from "./object.ts";

/** One API server, for one user. Each call is a request with all that a server does about one. */
export interface InProcessApi {
  /** How messages name the server. */
  readonly name: string;
  /** Exactly one method of `taker` is called, once, in this turn or later; none after `abort`. Never throws. */
  call(request: InProcessRequest, taker: AnswerTaker): InProcessCall;
}

export interface InProcessRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case: `accept`, `content-type`, `user-agent`, `impersonate-user` … */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** A JSON value that no one else holds: the server may keep parts of it, and freezes them. Undefined: there is none. */
  readonly body: unknown;
}

export interface InProcessCall {
  /** The client waits no longer: what is under way for it ends as if its connection had broken. */
  abort(): void;
}

export interface AnswerTaker {
  /** The whole answer, whatever its code. */
  answered(answer: InProcessAnswer): void;
  /** The answer to a watch that was accepted. */
  opened(events: InProcessEvents): void;
  /** There is no answer, as when a connection breaks. `begun` false: nothing was done. */
  failed(why: string, begun: boolean): void;
}

export interface InProcessAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** An object or a list, whose objects are frozen and shared with the server. Undefined: the answer is `text`. */
  readonly value: unknown;
  readonly text: string;
}

/** The events of one watch, kept until they are taken, within the limits of the server. */
export interface InProcessEvents {
  /** Undefined: the server ended the watch. Rejects once, when it was cut off: what follows is lost. One call at a time. */
  next(): Promise<InProcessEvent | undefined>;
  close(): void;
}

/** `object` is frozen and shared; that of an ERROR is a `metav1.Status`. */
export interface InProcessEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}
