/** The user of a request: by bearer token or client certificate. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { err, ok, type Result } from "../../../kernel/index.ts";
import type { User } from "../../context.ts";
import { ISSUER } from "./service-account-token.ts";
import { type Authenticated, sharedAudiences } from "./token-audience.ts";

export const ADMIN: User = {
  username: "kubernetes-admin",
  groups: ["system:masters", "system:authenticated"],
};

export const ANONYMOUS: User = { username: "system:anonymous", groups: ["system:unauthenticated"] };

/** Whom tokens are meant for that this API accepts, and that a TokenReview without audiences asks about. */
export const API_AUDIENCES: readonly string[] = [ISSUER];

/** Verifies tokens that are not among the fixed ones. The error describes the problem, without the token. */
export type TokenVerifier = (token: string) => Result<Authenticated, string>;

/** Tokens that stand for a user as they are. Asked at each request: they may be rotated meanwhile. */
export interface FixedTokens {
  userOf(token: string): User | undefined;
}

export class Authenticator {
  readonly #fixed: FixedTokens;
  readonly #verify: TokenVerifier;

  constructor(fixed: FixedTokens, verify: TokenVerifier) {
    this.#fixed = fixed;
    this.#verify = verify;
  }

  /** Undefined: there are no credentials, or they are wrong. */
  authenticate(request: IncomingMessage): User | undefined {
    const header = request.headers.authorization;
    if (header !== undefined) {
      const [scheme = "", token = ""] = header.split(" ", 2);
      const found =
        scheme.toLowerCase() === "bearer" ? this.identify(token.trim(), API_AUDIENCES) : undefined;
      return found?.ok ? found.value.user : undefined;
    }
    return certificateUser(request.socket as TLSSocket);
  }

  /**
   * Whose token it is, and for which of `audiences` it is good: at least one.
   *
   * The error describes why it is for none, and contains nothing of the token.
   */
  identify(token: string, audiences: readonly string[]): Result<Authenticated, string> {
    if (token === "") return err("there is no token");
    const fixed = this.#fixed.userOf(token);
    // A fixed token is meant for this API only.
    const found = fixed === undefined ? this.#verify(token) : ok({ user: fixed, audiences: API_AUDIENCES });
    if (!found.ok) return found;
    const shared = sharedAudiences(found.value, audiences);
    if (shared.length === 0) return err("the token is meant for other audiences");
    return ok({ user: found.value.user, audiences: shared });
  }
}

/** Characters. What is shorter could be guessed, and an empty one would match every caller. */
const MIN_TOKEN_LENGTH = 32;

/** What is wrong with a token for the administrator, without showing it; undefined: nothing. */
export function faultOfToken(token: string): string | undefined {
  if (token.length < MIN_TOKEN_LENGTH)
    return `has ${token.length} characters, and the administrator's token at least ${MIN_TOKEN_LENGTH}`;
  return /^[\x21-\x7e]+$/.test(token) ? undefined : "has characters that no bearer token has";
}

/**
 * Fixed tokens by user, each compared in a time that reveals nothing about it.
 *
 * @throws Error when one is too short to be a secret.
 */
export function fixedTokens(users: Iterable<readonly [token: string, user: User]>): FixedTokens {
  const known = [...users].map(([token, user]) => {
    const fault = faultOfToken(token);
    if (fault !== undefined) throw new Error(`the token of ${user.username} ${fault}: give it a longer one.`);
    return { bytes: Buffer.from(token), user };
  });
  return {
    userOf: (token) => {
      const given = Buffer.from(token);
      // The length of a token is not a secret.
      return known.find(({ bytes }) => bytes.length === given.length && timingSafeEqual(bytes, given))?.user;
    },
  };
}

const certificateUsers = new WeakMap<TLSSocket, User | null>();

/** The subject of a certificate of our CA: CN is the user, O the groups. Read once for each connection. */
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
