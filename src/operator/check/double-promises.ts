/** No two claims that exist are promised one address: what the whole protocol is for (`docs/design/0009`). */
import { parentNameOf, type SubnetClaim } from "../../api/index.ts";
import { comparePrefixes, contains, type Prefix, parsePrefix } from "../../ipam/index.ts";
import type { FleetObjects } from "./fleet-objects.ts";
import { type Violation, violation } from "./violation.ts";

interface Promised {
  readonly claim: SubnetClaim;
  readonly prefix: Prefix;
}

/** Of the objects of one namespace. Pools of one tree are compared with each other, and unrelated ones are not. */
export function findDoublePromises({ pools, claims }: FleetObjects): Violation[] {
  const parents = new Map(pools.map((pool) => [pool.metadata.name, parentNameOf(pool)]));
  const promised = claims.flatMap((claim): Promised[] => {
    const prefix = parsePrefix(claim.status?.allocatedCIDR ?? "");
    return prefix.ok ? [{ claim, prefix: prefix.value }] : [];
  });
  const trees = Map.groupBy(promised, ({ claim }) => rootOf(claim.spec.poolRef, parents));
  return [...trees.values()].flatMap(findOverlaps);
}

/** Pools in a circle are found under the first by name. */
function rootOf(poolName: string, parents: ReadonlyMap<string, string | undefined>): string {
  const seen = new Set<string>();
  let name = poolName;
  for (let parent = parents.get(name); parent !== undefined; parent = parents.get(name)) {
    if (seen.has(name)) return [...seen].sort()[0] as string;
    seen.add(name);
    name = parent;
  }
  return name;
}

/** Blocks either nest or are apart: after sorting, each is compared with the innermost one around it. */
function findOverlaps(promised: readonly Promised[]): Violation[] {
  const around: Promised[] = [];
  const found: Violation[] = [];
  for (const each of [...promised].sort((a, b) => comparePrefixes(a.prefix, b.prefix))) {
    let outer = around.at(-1);
    while (outer !== undefined && !contains(outer.prefix, each.prefix)) {
      around.pop();
      outer = around.at(-1);
    }
    if (outer !== undefined) {
      const [mine, theirs] = [each, outer].map(({ claim }) => claim.status?.allocatedCIDR);
      const message = `it was promised ${mine}, and ${theirs} was promised to claim ${outer.claim.metadata.name}: delete one of the two claims`;
      found.push(violation("double-promise", [each.claim, outer.claim], message));
    }
    around.push(each);
  }
  return found;
}
