/** From a request to the viewer: the cookie of a session, or what an authenticating proxy passes on. */
import type { IncomingMessage } from "node:http";
import type { TokenViewers } from "../access/token-viewers.ts";
import type { Viewer } from "../access/viewer.ts";
import type { Sessions, TokenSessions } from "./sessions.ts";

/** Who is let in, and how. */
export type Door =
  /** A link begins a session; each has the rights of the user who started the console. */
  | { readonly access: "caller"; readonly sessions: Sessions; readonly viewer: Viewer }
  /** Each session has a bearer token of its own. */
  | { readonly access: "token"; readonly sessions: TokenSessions; readonly viewers: TokenViewers };

export interface Caller {
  readonly viewer: Viewer;
  /** Whether the session still is. */
  readonly isValid: () => boolean;
}

/** Undefined: there is no session. */
export function callerOf(door: Door, request: IncomingMessage, cookieName: string): Caller | undefined {
  const cookie = cookieIn(request, cookieName);
  if (door.access === "caller") {
    if (cookie === undefined || !door.sessions.isValid(cookie)) return undefined;
    return { viewer: door.viewer, isValid: () => door.sessions.isValid(cookie) };
  }
  const address = request.socket.remoteAddress ?? "";
  const passedOn = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (passedOn !== undefined) {
    return { viewer: door.viewers.viewer(passedOn, address), isValid: () => true };
  }
  const token = cookie === undefined ? undefined : door.sessions.tokenOf(cookie);
  if (cookie === undefined || token === undefined) return undefined;
  return {
    viewer: door.viewers.viewer(token, address),
    isValid: () => door.sessions.tokenOf(cookie) !== undefined,
  };
}

/** https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix */
export const SECURE_PREFIX = "__Host-";

export function cookieIn({ headers }: IncomingMessage, name: string): string | undefined {
  for (const part of (headers.cookie ?? "").split(";")) {
    const at = part.indexOf("=");
    const own = part.slice(0, Math.max(at, 0)).trim();
    if (own === name || own === `${SECURE_PREFIX}${name}`) return part.slice(at + 1).trim();
  }
  return undefined;
}
