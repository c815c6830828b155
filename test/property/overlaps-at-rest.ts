/** What a look at final objects alone must say: who has whose addresses, whichever client wrote that. */
import type { Subnet, SubnetClaim, SubnetPool } from "../../src/api/index.ts";
import type { FleetObjects } from "../../src/operator/index.ts";
import { blockOf, contains, isDecided, lineOf, meet, parentOf, seemsDecided } from "./oracle.ts";

export interface Overlaps {
  /** In pools of one tree: must be reported. */
  readonly certain: readonly string[];
  /** Anywhere in the namespace: nothing else may be reported. */
  readonly possible: readonly string[];
}

interface Held {
  readonly name: string;
  readonly pool: string;
  readonly clusterID: string;
  readonly text: string;
  /** Whether the operator is known to have said so. */
  readonly isCertain: boolean;
}

export function overlapsAtRest({ pools, claims, subnets }: FleetObjects): Overlaps {
  const parents = new Map(pools.map((pool: SubnetPool) => [pool.metadata.name, parentOf(pool)]));
  const certain: string[] = [];
  const possible: string[] = [];
  const compare = (held: readonly Held[], isAllowed: (a: Held, b: Held) => boolean) => {
    for (const [i, a] of held.entries())
      for (const b of held.slice(0, i)) {
        const [mine, theirs] = [blockOf(a.text), blockOf(b.text)];
        if (mine === undefined || theirs === undefined || !meet(mine, theirs) || isAllowed(a, b)) continue;
        const text = `${a.name} has ${a.text} of ${a.pool}, and ${b.name} has ${b.text} of ${b.pool}`;
        possible.push(text);
        if (a.isCertain && b.isCertain && isWithinOneTree(a.pool, b.pool, parents)) certain.push(text);
      }
  };
  compare(claims.flatMap(promiseOf), () => false);
  const lies = (a: Held, b: Held) => contains(a, b, parents) || contains(b, a, parents);
  const sameChild = (a: Held, b: Held) =>
    a.pool === b.pool && a.clusterID === b.clusterID && a.clusterID.startsWith("pool.");
  compare(subnets.filter(seemsDecided).map(heldBy), (a, b) => lies(a, b) || sameChild(a, b));
  return { certain, possible };
}

function isWithinOneTree(a: string, b: string, parents: ReadonlyMap<string, string | undefined>): boolean {
  const [root, other] = [lineOf(a, parents).at(-1), lineOf(b, parents).at(-1)];
  return root === other;
}

function promiseOf({ metadata, spec, status }: SubnetClaim): Held[] {
  if (status?.allocatedCIDR === undefined) return [];
  return [
    {
      name: `claim ${metadata.name}`,
      pool: spec.poolRef,
      clusterID: spec.clusterID,
      text: status.allocatedCIDR,
      isCertain: true,
    },
  ];
}

function heldBy(subnet: Subnet): Held {
  const { metadata, spec } = subnet;
  return {
    name: `Subnet ${metadata.name}`,
    pool: spec.poolRef,
    clusterID: spec.clusterID,
    text: spec.cidr,
    isCertain: isDecided(subnet),
  };
}
