/** Who sends a request: by bearer token or client certificate. No credentials at all is nobody, not an error. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { unauthorized } from "../status-error.ts";
import type { User } from "../verbs/index.ts";

export const ADMIN: User = {
  username: "kubernetes-admin",
  groups: ["system:masters", "system:authenticated"],
};

export const ANONYMOUS: User = { username: "system:anonymous", groups: ["system:unauthenticated"] };

/** Verifies tokens that are not the administrator's. Undefined: not one of ours. */
export type TokenVerifier = (token: string) => User | undefined;

/** Characters. What is shorter could be guessed, and an empty one would be everybody's. */
const MIN_TOKEN_LENGTH = 32;

/** What is wrong with a token for the administrator, without showing it; undefined: nothing. */
export function faultOfToken(token: string): string | undefined {
  if (token.length < MIN_TOKEN_LENGTH)
    return `has ${token.length} characters, and the administrator's token at least ${MIN_TOKEN_LENGTH}`;
  return /^[\x21-\x7e]+$/.test(token) ? undefined : "has characters that no bearer token has";
}

export class Authenticator {
  readonly #adminToken: Buffer;
  readonly #verify: TokenVerifier;

  /** @throws Error when the token is too short to be a secret. */
  constructor(adminToken: string, verify: TokenVerifier) {
    const fault = faultOfToken(adminToken);
    if (fault !== undefined)
      throw new Error(`the token of the server's identity ${fault}: give it a longer one.`);
    this.#adminToken = Buffer.from(adminToken);
    this.#verify = verify;
  }

  /** @throws StatusError 401 when there are credentials and they are wrong. */
  authenticate(request: IncomingMessage): User {
    const header = request.headers.authorization;
    if (header !== undefined) {
      const [scheme = "", token = ""] = header.split(" ");
      const user = scheme.toLowerCase() === "bearer" ? this.userOf(token.trim()) : undefined;
      if (user === undefined) throw unauthorized();
      return user;
    }
    return certificateUser(request.socket as TLSSocket) ?? ANONYMOUS;
  }

  userOf(token: string): User | undefined {
    if (token === "") return undefined;
    const given = Buffer.from(token);
    if (given.length === this.#adminToken.length && timingSafeEqual(given, this.#adminToken)) return ADMIN;
    return this.#verify(token);
  }
}

const certificateUsers = new WeakMap<TLSSocket, User | null>();

/** The subject of a certificate of our CA: CN is the user, O the groups. Looked at once for each connection. */
function certificateUser(socket: TLSSocket): User | undefined {
  const known = certificateUsers.get(socket);
  if (known !== undefined) return known ?? undefined;
  let user: User | null = null;
  if (socket.authorized) {
    const subject = socket.getPeerCertificate().subject as { CN?: string; O?: string | string[] } | undefined;
    if (subject?.CN) {
      const groups = subject.O === undefined ? [] : [subject.O].flat();
      user = { username: subject.CN, groups: [...groups, "system:authenticated"] };
    }
  }
  certificateUsers.set(socket, user);
  return user ?? undefined;
}
