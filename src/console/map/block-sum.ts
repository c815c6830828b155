/** What is known of many blocks together. Sums can be added, and adding loses no state: see {@link BlockSum.also}. */
import type { Prefix } from "../../ipam/index.ts";
import { MAP_STATES, type StateCode } from "./states.ts";

/** A block as the map shows it. */
export interface MapEntry {
  /** Unique in its pool: the name of its Subnet, or of who else holds it. */
  readonly key: string;
  readonly prefix: Prefix;
  readonly state: StateCode;
  /** Whether it holds its addresses; one that failed does not. */
  readonly isHeld: boolean;
  readonly cluster: string | undefined;
  /** When it was allocated, in seconds since 1970; 0: not known. */
  readonly since: number;
}

/** Several clusters. No cluster has this name. */
export const MIXED = "";

export interface BlockSum {
  count: number;
  /** Blocks by state. */
  readonly counts: Float64Array;
  /** `1 << code` of every state in it. */
  also: number;
  /** Share of the family's whole address space by state: powers of two, so exact unless they differ by more than 2^53. */
  readonly weight: Float64Array;
  /** The same of those that are held. */
  held: number;
  /** The newest. */
  since: number;
  /** The one cluster of all, undefined of none, or {@link MIXED}. */
  cluster: string | undefined;
  /** Blocks that have no cluster count for none of them, so it is known whether there is any block yet. */
  hasCluster: boolean;
}

export function emptySum(): BlockSum {
  return {
    count: 0,
    counts: new Float64Array(MAP_STATES.length),
    also: 0,
    weight: new Float64Array(MAP_STATES.length),
    held: 0,
    since: 0,
    cluster: undefined,
    hasCluster: false,
  };
}

/** By prefix length: a power is computed once, and not for each of many blocks. */
const WEIGHTS: readonly number[] = Array.from({ length: 129 }, (_, length) => 2 ** -length);

export function weightOf({ length }: Prefix): number {
  return WEIGHTS[length] as number;
}

export function addEntry(sum: BlockSum, entry: MapEntry): void {
  const weight = weightOf(entry.prefix);
  sum.count++;
  sum.counts[entry.state] = (sum.counts[entry.state] as number) + 1;
  sum.also |= 1 << entry.state;
  sum.weight[entry.state] = (sum.weight[entry.state] as number) + weight;
  if (entry.isHeld) sum.held += weight;
  if (entry.since > sum.since) sum.since = entry.since;
  addCluster(sum, entry.cluster);
}

export function addSum(sum: BlockSum, other: BlockSum): void {
  if (other.count === 0) return;
  sum.count += other.count;
  sum.also |= other.also;
  for (let code = 0; code < MAP_STATES.length; code++) {
    sum.counts[code] = (sum.counts[code] as number) + (other.counts[code] as number);
    sum.weight[code] = (sum.weight[code] as number) + (other.weight[code] as number);
  }
  sum.held += other.held;
  if (other.since > sum.since) sum.since = other.since;
  addCluster(sum, other.cluster);
}

function addCluster(sum: BlockSum, cluster: string | undefined): void {
  if (!sum.hasCluster) sum.cluster = cluster;
  else if (sum.cluster !== cluster) sum.cluster = MIXED;
  sum.hasCluster = true;
}
