/**
 * Asks the API server who calls and whether they may, as rarely as that can be: answers are remembered for as long as
 * kube-rbac-proxy and controller-runtime remember theirs, callers that ask the same at once share one answer, and what is
 * asked for besides is limited (`review-budget.ts`). Tokens are kept as their SHA-256 alone.
 */
import { createHash } from "node:crypto";
import type { KubeClient } from "../../client/index.ts";
import type { Clock } from "../../kernel/index.ts";
import { type Access, reviewToken, reviewUser, type User, type Verdict } from "./access-review.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { ReviewBudget, type ReviewLimits } from "./review-budget.ts";

export interface Caller {
  /** The bearer token; undefined when the request carried none. */
  readonly token: string | undefined;
  /** The address that the request came from. */
  readonly address: string;
}

/** `busy`: it was not asked, since too many ask. */
export type ReviewAnswer = Verdict | "busy";

export interface ReviewerOptions {
  readonly client: Pick<KubeClient, "create">;
  readonly clock: Clock;
  readonly limits?: Partial<ReviewLimits>;
}

export const GOOD_FOR_MS = 60_000;
export const BAD_FOR_MS = 10_000;
/** How long credentials that were good are not counted as new. Prometheus comes every half minute. */
const KNOWN_FOR_MS = 3_600_000;
/** Of each kind of answer. Refused tokens have a place of their own, so that a flood forgets no good ones. */
export const MOST_ANSWERS = 1_024;
/** Longer than any probe or scraper waits. */
const PATIENCE_MS = 10_000;

const LIMITS: ReviewLimits = {
  atOnce: 2,
  waiting: 16,
  perSecond: 20,
  burst: 40,
  perSecondFromOne: 10,
  burstFromOne: 20,
};

export class AccessReviewer {
  readonly #client: Pick<KubeClient, "create">;
  readonly #clock: Clock;
  readonly #budget: ReviewBudget;
  readonly #users: ExpiringCache<User>;
  readonly #refused: ExpiringCache<true>;
  readonly #known: ExpiringCache<true>;
  readonly #verdicts: ExpiringCache<Verdict>;
  /** What is being asked, by token and access. */
  readonly #asking = new Map<string, Promise<Verdict>>();

  constructor({ client, clock, limits }: ReviewerOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#budget = new ReviewBudget({ ...LIMITS, ...limits }, clock);
    this.#users = new ExpiringCache(clock, MOST_ANSWERS);
    this.#refused = new ExpiringCache(clock, MOST_ANSWERS);
    this.#known = new ExpiringCache(clock, MOST_ANSWERS);
    this.#verdicts = new ExpiringCache(clock, MOST_ANSWERS);
  }

  /** Rejects when the API server cannot be asked; nothing is remembered then. */
  async review({ token, address }: Caller, access: Access): Promise<ReviewAnswer> {
    if (token === undefined || token === "") return "unauthenticated";
    const key = digestOf(token);
    if (this.#refused.get(key) === true) return "unauthenticated";
    const question = digestOf(`${key} ${JSON.stringify(access)}`);
    const user = this.#users.get(key);
    const remembered = user === undefined ? undefined : this.#verdicts.get(question);
    const shared = remembered ?? this.#asking.get(question);
    if (shared !== undefined) return shared;
    const sort = this.#known.get(key) === true ? "known" : "new";
    const asked = this.#budget.spend(sort, address, () => this.#ask(token, key, question, access));
    if (asked === undefined) return "busy";
    this.#asking.set(question, asked);
    try {
      return await asked;
    } finally {
      this.#asking.delete(question);
    }
  }

  async #ask(token: string, key: string, question: string, access: Access): Promise<Verdict> {
    const abort = new AbortController();
    const timer = this.#clock.setTimer(PATIENCE_MS, () => abort.abort(), true);
    const options = { signal: abort.signal };
    try {
      // Another question of the same caller may have been answered while this one waited.
      const user = this.#users.get(key) ?? (await reviewToken(this.#client, token, options));
      if (user === undefined) {
        this.#refused.set(key, true, BAD_FOR_MS);
        return "unauthenticated";
      }
      // Not longer for being asked again: a token that was revoked is found out within this time.
      if (this.#users.get(key) === undefined) this.#users.set(key, user, GOOD_FOR_MS);
      this.#known.set(key, true, KNOWN_FOR_MS);
      const verdict = await reviewUser(this.#client, user, access, options);
      this.#verdicts.set(question, verdict, verdict === "allowed" ? GOOD_FOR_MS : BAD_FOR_MS);
      return verdict;
    } finally {
      timer.cancel();
    }
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
