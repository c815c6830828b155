/** A row of a list of requests: so many blocks of a size, for whom. */
import type { Fault, Origin } from "../row.ts";

export interface RequestRow {
  readonly origin: Origin;
  /** At least 1. */
  readonly count: number;
  /** Prefix length. Absent: the pool's default, or that of `cidr`. */
  readonly length?: number;
  /** Exactly this block, in canonical form. */
  readonly cidr?: string;
  /** The block begins where a block of this length does. */
  readonly align?: number;
  readonly name?: string;
  readonly cluster?: string;
  readonly purpose?: string;
  readonly pool?: string;
  readonly namespace?: string;
  /** Of the block a pool is made. */
  readonly isPool: boolean;
}

export interface RequestList {
  readonly rows: readonly RequestRow[];
  readonly faults: readonly Fault[];
  /** Worth knowing, and no fault: another encoding, a column that was not used. */
  readonly notes: readonly string[];
}

/** A longer list was not written by a person. */
export const MOST_BLOCKS = 10_000;
