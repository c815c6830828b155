/**
 * What a ledger holds, as values. IDs are text whatever the database keeps them as; times are RFC 3339 with
 * milliseconds in UTC.
 */
import { createHash } from "node:crypto";
import type { Family } from "../../ipam/index.ts";
import { jsonPieces } from "./json-pieces.ts";

declare const poolId: unique symbol;
/** Identifies a pool's row. Only the ledger makes them, from rows: there is none that stands for "no pool". */
export type PoolId = string & { readonly [poolId]: true };

/** What is said of a pool by the cluster as well. A flag is undefined where the ledger has no column for it. */
export interface PoolContent {
  readonly name: string;
  /** CIDRs or `a-b`, as they are written. */
  readonly ranges: readonly string[];
  readonly autoAssign?: boolean | undefined;
  readonly avoidBuggyIPs?: boolean | undefined;
}

export interface LedgerPool extends PoolContent {
  readonly id: PoolId;
  readonly cluster: string;
  /** The ledger's own: never overwritten from the cluster. */
  readonly owner?: string | undefined;
  readonly ticket?: string | undefined;
  readonly notes?: string | undefined;
}

/**
 * - `discovered`: seen in the cluster, but not accepted.
 * - `active`: recorded, and seen.
 * - `missing`: recorded, and not seen several times over a while.
 * - `released`: over. Kept as history; a load balancer that comes back gets a record of its own.
 */
export type UsageState = "discovered" | "active" | "missing" | "released";

export interface UsageKey {
  readonly ip: string;
  readonly serviceUid: string;
}

export interface Usage extends UsageKey {
  readonly id: string;
  readonly cluster: string;
  readonly family: Family;
  readonly namespace: string;
  readonly service: string;
  /** Undefined only while `discovered`: the database itself demands it of all others. */
  readonly poolId: PoolId | undefined;
  /** As MetalLB named it; empty when it did not. */
  readonly poolName: string;
  readonly state: UsageState;
  readonly firstSeenAt: string;
  /** When it ended: when it was first missed, else when that was noticed. Undefined while it is open. */
  readonly releasedAt?: string | undefined;
  readonly changedAt: string;
  /** Comparisons in a row that did not see it. */
  readonly missedRounds: number;
  readonly missedSince: string | undefined;
  readonly owner?: string | undefined;
  readonly ticket?: string | undefined;
  readonly notes?: string | undefined;
}

export type UsageDraft = Pick<
  Usage,
  "cluster" | "ip" | "family" | "serviceUid" | "namespace" | "service" | "poolId" | "poolName" | "state"
> &
  Partial<
    Pick<Usage, "owner" | "ticket" | "notes" | "firstSeenAt" | "releasedAt" | "missedRounds" | "missedSince">
  >;

export type UsageChange = Partial<
  Pick<Usage, "poolId" | "poolName" | "state" | "missedRounds" | "missedSince" | "namespace" | "service">
>;

/** A change of one record, from the state that it was decided on. */
export interface UsageMove {
  readonly usage: Pick<Usage, "id" | "cluster" | "ip" | "namespace" | "service" | "poolId" | "state">;
  readonly change: UsageChange;
}

/** Records of which some part lies in a period. */
export interface UsageQuery {
  /** RFC 3339. The period begins here; default: with the first record. */
  readonly from?: string;
  /** RFC 3339. The period ends before this; default: never. */
  readonly to?: string;
  /** Default: all. */
  readonly states?: readonly UsageState[];
}

/** Who writes, and why. Goes into every audit row of the transaction. */
export interface Stamp {
  readonly actor: string;
  readonly reason: string;
  readonly planHash?: string;
  /** For rows that do not say themselves which cluster they are about. */
  readonly cluster?: string;
}

export interface AuditRow {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: string;
  readonly planHash: string | undefined;
  /** Undefined in rows of before the column was there. */
  readonly cluster: string | undefined;
}

/** Names a state of a pool: the same content, the same text. What only the ledger keeps does not count. */
export function fingerprintOf(content: PoolContent): string {
  const { name, ranges, autoAssign, avoidBuggyIPs } = content;
  return sha256([name, ranges, autoAssign ?? null, avoidBuggyIPs ?? null]).slice(0, 16);
}

/** Of the JSON text. Hand in arrays, or objects that were made in one place, so that the order of keys is fixed. */
export function sha256(value: unknown): string {
  const hash = createHash("sha256");
  for (const piece of jsonPieces(value)) hash.update(piece);
  return hash.digest("hex");
}

export function formatInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
