/**
 * `POST /recalculate` with `{"namespace": …, "name": …}`: requests a recomputation of a pool's status from scratch
 * (RQ-10.5). The caller needs `update` on the pool's status.
 */
import { GROUP, RECALCULATE_ANNOTATION, SUBNET_POOLS, type SubnetPool } from "../../api/index.ts";
import { err, ok, type Result } from "../../kernel/index.ts";
import { type CacheReader, type Request, request } from "../../runtime/index.ts";
import type { AccessReviewer, Caller, ReviewAnswer } from "./access-reviewer.ts";

export interface RecalculateCall {
  readonly caller: Caller;
  readonly body: string;
}

/** An HTTP answer: status and one readable sentence. */
export interface Answer {
  readonly code: 202 | 400 | 401 | 403 | 404 | 405 | 413 | 429 | 503;
  readonly message: string;
}

export interface RecalculateOptions {
  readonly reviewer: Pick<AccessReviewer, "review">;
  readonly pools: CacheReader<SubnetPool>;
  /** Only the leader writes: another replica could promise what it cannot do. */
  readonly isLeader: () => boolean;
  /** Compares and repairs the pool's accounting, and puts it into the queue of PoolStatus. */
  readonly recalculate: (pool: SubnetPool, target: Request) => void;
}

export const UNAUTHENTICATED: Answer = {
  code: 401,
  message: "send a bearer token that the API server accepts",
};
export const BUSY: Answer = { code: 429, message: "too many unknown callers; retry later" };
export const NOT_ASKED: Answer = {
  code: 503,
  message: "the API server could not authenticate you; retry later",
};

/** Answers one call. Never rejects; a review that cannot be had is a 503, not a permission. */
export async function answerRecalculate(options: RecalculateOptions, call: RecalculateCall): Promise<Answer> {
  const { reviewer, pools, isLeader, recalculate } = options;
  const target = readTarget(call.body);
  // Without credentials a caller does not learn whether the request was well formed.
  const { namespace, name } = target.ok ? target.value : { namespace: "", name: "" };
  const { group, plural: resource } = SUBNET_POOLS;
  const attributes = { verb: "update", group, resource, subresource: "status", namespace, name };
  let verdict: ReviewAnswer;
  try {
    verdict = await reviewer.review(call.caller, { resourceAttributes: attributes });
  } catch {
    return NOT_ASKED;
  }
  if (verdict === "unauthenticated") return UNAUTHENTICATED;
  if (verdict === "busy") return BUSY;
  if (!target.ok) return { code: 400, message: target.error };
  if (verdict === "forbidden") {
    return {
      code: 403,
      message: `you may not update subnetpools/status of ${GROUP} in namespace ${namespace}`,
    };
  }
  const pool = pools.get(namespace, name);
  if (pool === undefined)
    return { code: 404, message: `there is no SubnetPool ${name} in namespace ${namespace}` };
  if (!isLeader()) {
    const message = `another replica leads: send the request to that one, or set the annotation ${RECALCULATE_ANNOTATION} on the pool`;
    return { code: 503, message };
  }
  recalculate(pool, target.value);
  return { code: 202, message: `SubnetPool ${namespace}/${name} is recalculated` };
}

const BODY_HINT = 'send {"namespace": "…", "name": "…"}';

function readTarget(body: string): Result<Request, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return err(`the body is not JSON: ${BODY_HINT}`);
  }
  const { namespace, name } = (parsed ?? {}) as Record<string, unknown>;
  const isText = typeof namespace === "string" && typeof name === "string";
  const target = isText ? request(namespace, name) : undefined;
  return target === undefined ? err(`the body must name namespace and pool: ${BODY_HINT}`) : ok(target);
}
