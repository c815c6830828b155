/** What lies around a block: who holds what, in terms of what a user can see and delete. */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS, type Subnet } from "../../../api/index.ts";
import type { PoolSpace, Prefix } from "../../../ipam/index.ts";
import { defined } from "../../../kernel/index.ts";
import { type Neighbour, neighboursOf as neighboursIn } from "../../model/beside.ts";
import { objectHolding } from "../../model/holder.ts";
import { makerNameOf } from "../../model/indexes.ts";
import type { OperatorWorld } from "../../view/world.ts";
import type { Holder } from "./explanation.ts";

/** The Subnets of these names, with whom they serve. */
export function holdersOf(world: OperatorWorld, namespace: string, names: readonly string[]): Holder[] {
  return names.flatMap((name) => {
    const subnet = world.subnets.get(namespace, name);
    return subnet === undefined ? [] : [holderOf(world, subnet)];
  });
}

export function holderOf(world: OperatorWorld, subnet: Subnet): Holder {
  const { namespace, name } = subnet.metadata;
  const childPool = childPoolOf(world, subnet);
  const claimName = subnet.spec.claimRef?.name;
  const claim = claimName === undefined ? undefined : world.claims.get(namespace, claimName);
  const byClaim = claim !== undefined && claim.metadata.uid === subnet.spec.claimRef?.uid;
  const release =
    childPool ?? (byClaim ? `${SUBNET_CLAIMS.kind} ${claim.metadata.name}` : `${SUBNETS.kind} ${name}`);
  const { cidr, clusterID } = subnet.spec;
  const rest = defined({ restsUntil: world.restsUntil(namespace, name) });
  return { subnet: name, cidr, clusterID, release, isChildPool: childPool !== undefined, ...rest };
}

/** Whom to delete so that the block behind a child pool is free: the claim that asked for the pool, or the pool. */
function childPoolOf(world: OperatorWorld, { metadata: { namespace }, spec }: Subnet): string | undefined {
  const [name] = world.poolNamesBehind(namespace, spec);
  if (name === undefined) return undefined;
  const pool = world.pools.get(namespace, name);
  const maker = pool === undefined ? undefined : makerNameOf(pool);
  if (maker !== undefined) return `${SUBNET_POOL_CLAIMS.kind} ${maker}`;
  const isAskedFor = pool === undefined && world.poolClaims.get(namespace, name) !== undefined;
  return `${isAskedFor ? SUBNET_POOL_CLAIMS.kind : SUBNET_POOLS.kind} ${name}`;
}

/** `10.0.0.0/24 of SubnetClaim web`. */
export function describeHolder({ cidr, release, restsUntil }: Holder): string {
  return restsUntil === undefined ? `${cidr} of ${release}` : `${cidr}, which rests until ${restsUntil}`;
}

/** What must come to pass for the block to be free, as the end of a sentence. */
export function describeRelease({ cidr, release, restsUntil }: Holder): string {
  return restsUntil === undefined ? `${release} is deleted` : `${cidr} has rested`;
}

export function neighboursOf(
  world: OperatorWorld,
  namespace: string,
  space: PoolSpace,
  block: Prefix,
): Neighbour[] {
  return neighboursIn(space, block, (owner) => {
    const [holder] = holdersOf(world, namespace, [owner]);
    const until = holder?.restsUntil;
    const what = until === undefined ? "taken" : "resting";
    return { what, by: holder?.release ?? objectHolding(owner), ...defined({ until }) };
  });
}

/** One sentence for both sides. */
export function describeNeighbours(neighbours: readonly Neighbour[]): string {
  const text = neighbours.map(describeNeighbour).join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function describeNeighbour({ side, what, cidr, by, until }: Neighbour): string {
  const where = `${side} it`;
  switch (what) {
    case "taken":
      return `${where} lies ${cidr} of ${by}`;
    case "free":
      return `${where} ${cidr} is free`;
    case "reserved":
      return `${where} ${cidr} is reserved (${by})`;
    case "resting":
      return `${where} ${cidr} rests until ${until}`;
    case "edge of the pool":
      return `${where} the pool ${side === "below" ? "begins" : "ends"}`;
  }
}

/** `2 × /25, 1 × /27`, the largest first; at most so many sizes. */
export function describeFree(free: Readonly<Record<string, number>>): string {
  const sizes = Object.entries(free);
  const shown = sizes.slice(0, MOST_SIZES).map(([length, count]) => `${count} × /${length}`);
  return sizes.length > MOST_SIZES ? `${shown.join(", ")} and smaller ones` : shown.join(", ");
}

const MOST_SIZES = 6;

/** Maximal free blocks by length, without the lengths of which there is none. */
export function freeByLength(space: PoolSpace): Record<string, number> {
  const counts = space.accounting().maximalFreeBySize;
  return Object.fromEntries(counts.flatMap((count, length) => (count > 0 ? [[length, count]] : [])));
}

export function listed(things: readonly string[], most = 5): string {
  const rest = things.length - most;
  if (rest > 0) return `${things.slice(0, most).join(", ")} and ${rest} more`;
  return things.length < 2 ? things.join("") : `${things.slice(0, -1).join(", ")} and ${things.at(-1)}`;
}
