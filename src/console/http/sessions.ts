/**
 * Sessions of browsers, and the links that begin them. A session is a cookie that the server signed: nothing is kept but the
 * ones that were ended, and with a key that outlives the process, sessions do as well.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../kernel/index.ts";

const SESSION_MS = 12 * 3_600_000;
const BYTES = 32;
/** Ended sessions that are remembered; each is forgotten when its time is over. */
const MOST_ENDED = 10_000;

export interface SessionsOptions {
  readonly clock: Clock;
  /** Signs the cookies. Default: a new one. */
  readonly key?: Buffer | undefined;
}

export class Sessions {
  readonly #clock: Clock;
  readonly #key: Buffer;
  readonly #ended = new Map<string, number>();
  #link = newSecret();

  constructor({ clock, key = randomBytes(BYTES) }: SessionsOptions) {
    this.#clock = clock;
    this.#key = key;
  }

  /** The secret of the link that can be used now. */
  get link(): string {
    return this.#link;
  }

  /** Whether it is the secret of the link; then it is no longer, and there is another one. */
  useLink(secret: string): boolean {
    if (!isSame(secret, this.#link)) return false;
    this.#link = newSecret();
    return true;
  }

  /** The value of a cookie. */
  begin(): string {
    const body = `${this.#clock.now() + SESSION_MS}.${randomBytes(BYTES / 2).toString("base64url")}`;
    return `${body}.${this.#sign(body)}`;
  }

  isValid(cookie: string): boolean {
    const [until = "", nonce = "", signature = ""] = cookie.split(".");
    if (!isSame(signature, this.#sign(`${until}.${nonce}`))) return false;
    return Number(until) > this.#clock.now() && !this.#ended.has(cookie);
  }

  end(cookie: string): void {
    const now = this.#clock.now();
    for (const [each, untilMs] of this.#ended) if (untilMs <= now) this.#ended.delete(each);
    if (this.isValid(cookie) && this.#ended.size < MOST_ENDED) {
      this.#ended.set(cookie, Number(cookie.split(".")[0]));
    }
  }

  #sign(body: string): string {
    return createHmac("sha256", this.#key).update(body).digest("base64url");
  }
}

/** Tokens of sessions, on this side alone. */
export class TokenSessions {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { readonly token: string; untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The value of a cookie. Of too many sessions the one that was not used for longest ends. */
  begin(token: string): string {
    const id = newSecret();
    this.#tokens.set(id, { token, untilMs: this.#clock.now() + SESSION_MS });
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size > MOST_SESSIONS && oldest !== undefined) this.#tokens.delete(oldest);
    return id;
  }

  tokenOf(cookie: string): string | undefined {
    const session = this.#tokens.get(cookie);
    if (session === undefined) return undefined;
    this.#tokens.delete(cookie);
    const now = this.#clock.now();
    if (session.untilMs <= now) return undefined;
    this.#tokens.set(cookie, { ...session, untilMs: now + SESSION_MS });
    return session.token;
  }

  end(cookie: string): void {
    this.#tokens.delete(cookie);
  }
}

const MOST_SESSIONS = 1_024;

/** 128 bits, in as few letters as a line of a terminal has room for. */
function newSecret(): string {
  return randomBytes(BYTES / 2).toString("base64url");
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
