/** Why an object is as it is: sentences for people, and the facts behind them for programs. */

import type { Neighbour } from "../../model/beside.ts";

/** A holder of addresses, and what would have to be deleted for them to be free. */
export interface Holder {
  readonly subnet: string;
  readonly cidr: string;
  readonly clusterID: string;
  /** `SubnetClaim web`: deleting it frees the block. The Subnet itself if no claim would re-create it. */
  readonly release: string;
  /** Released: the block is free at this time automatically, and not before. */
  readonly restsUntil?: string;
  readonly isChildPool: boolean;
}

export interface BlockFacts {
  readonly cidr: string;
  readonly subnet: string;
  /** Absent when exactly this block was asked for. */
  readonly strategy?: "Linear" | "Buddy";
  /** What the strategy would choose today, were the block given back. */
  readonly wouldBeChosenToday?: string;
  readonly neighbours: readonly Neighbour[];
}

export interface PoolFacts {
  readonly name: string;
  readonly state: "missing" | "not-ready" | "usable";
  readonly cidr?: string;
  readonly strategy?: "Linear" | "Buddy";
  /** Maximal free blocks by prefix length. */
  readonly free?: Readonly<Record<string, number>>;
}

/** A way to make room: what would be free, and what would have to go for it. */
export interface Opening {
  readonly block: string;
  readonly release: readonly string[];
}

export interface Explanation {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly state: string;
  readonly reason?: string;
  readonly pool?: PoolFacts;
  readonly block?: BlockFacts;
  readonly blockers?: readonly Holder[];
  readonly openings?: readonly Opening[];
  /** Claims of the same pool that are not served, either. */
  readonly alsoWaiting?: readonly string[];
  /** The answer, the most important first. */
  readonly sentences: readonly string[];
}
