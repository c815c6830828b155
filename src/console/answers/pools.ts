/** Pools, their free space, and what a claim would get. */

export interface PoolName {
  readonly namespace: string;
  readonly pool: string;
}

// ── GET /api/pools?namespace&filter&parent&sort&order&offset&limit&tree ───────────────────────────────────────────

/**
 * - `namespace`: only this one.
 * - `filter`: part of a name, or a CIDR or address that the pool has in common with.
 * - `sort`: a {@link PoolSort}; default `address`. `order`: `asc` or `desc`.
 * - `offset`, `limit`: default 0 and 200; `limit` is at most 500.
 * - `parent`: only the direct children of this pool; empty: only pools without a parent.
 * - `tree=1`: in the order of a tree (children after their parent, by address), `sort` is ignored.
 */
export interface PoolsAnswer {
  readonly rows: readonly PoolRow[];
  readonly offset: number;
  /** After the filter. */
  readonly total: number;
}

export type PoolSort = "address" | "name" | "use" | "blocks" | "free" | "fragmentation" | "waiting" | "full";

export interface PoolRow extends PoolName {
  readonly cidr: string;
  readonly strategy: "Linear" | "Buddy";
  readonly parent?: string;
  /** Parents above it. */
  readonly depth: number;
  readonly childCount: number;
  /** Subnets that hold a block of it. */
  readonly blockCount: number;
  readonly usePercent: number;
  readonly fragmentationPercent: number;
  /** Maximal free blocks by prefix length, the largest first: [length, count]. */
  readonly free: readonly (readonly [length: number, count: number])[];
  readonly largestFreeLength?: number;
  /** Length that a claim gets that names none. */
  readonly defaultLength?: number;
  /** Free blocks of that length. At most 2^53 − 1. */
  readonly freeOfDefault?: number;
  /** Claims and pool claims of it that are not Bound. */
  readonly waitingCount: number;
  /** Percent of its addresses that today's blocks took in the last 30 days. */
  readonly growthPercent: number;
  /** Days until it is full if that goes on; absent where it does not grow or is more than 10 years. */
  readonly daysToFull?: number;
  readonly isPaused: boolean;
  /** Why it is not as it should be: what is False of Ready and Consistent. */
  readonly complaints: readonly Complaint[];
}

export interface Complaint {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

// ── GET /api/free?namespace&pool&length&offset&limit ───────────────────────────────────────────────────────

/** Free blocks of a pool: the maximal ones, or with `length` the aligned ones of that length. `limit` at most 500. */
export interface FreeAnswer extends PoolName {
  readonly length?: number;
  /** At most 2^53 − 1. */
  readonly total: number;
  readonly offset: number;
  readonly blocks: readonly string[];
  /** What a claim may ask for. */
  readonly minLength: number;
  readonly maxLength: number;
  readonly defaultLength: number;
}

// ── POST /api/what-if ──────────────────────────────────────────────────────────────────────────────────────

/** What a claim would get. Nothing is written. */
export interface WhatIfRequest extends PoolName {
  /** A prefix length, or exactly this block; neither: the default size of the pool. */
  readonly length?: number;
  readonly cidr?: string;
  /** Default: `new-cluster`. */
  readonly cluster?: string;
  readonly purpose?: string;
  /** Of the claim; default: the cluster. */
  readonly name?: string;
}

export interface WhatIfAnswer extends PoolName {
  /** The block; absent: it would wait, and `message` explains why. */
  readonly cidr?: string;
  /** One sentence: what would happen, or why not and what would help. */
  readonly message: string;
  readonly before: WhatIfFigures;
  readonly after: WhatIfFigures;
  readonly manifest: string;
  readonly command: string;
  /** Whether the viewer may create it (SelfSubjectAccessReview). */
  readonly mayCreate: boolean;
}

export interface WhatIfFigures {
  readonly usePercent: number;
  readonly fragmentationPercent: number;
  readonly largestFreeLength?: number;
  /** Maximal free blocks by prefix length, the largest first: [length, count]. */
  readonly free: readonly (readonly [length: number, count: number])[];
}

// ── POST /api/claims ───────────────────────────────────────────────────────────────────────────────────────

/** Creates the SubnetClaim with the rights of the viewer. 201. `name` and `cluster` are required here. */
export type CreateClaimRequest = WhatIfRequest & { readonly name: string; readonly cluster: string };

export interface CreateClaimAnswer {
  readonly kind: "SubnetClaim";
  readonly namespace: string;
  readonly name: string;
}

// ── GET /api/trend?namespace&pool ──────────────────────────────────────────────────────────────────────────

/** Use of a pool in the last 30 days, from when its present blocks were allocated: those that are gone are not in it. */
export interface TrendAnswer extends PoolName {
  /** In order, at most 60. */
  readonly points: readonly { readonly at: string; readonly usePercent: number }[];
}
