/** What a cluster, a claim, a pool or a Subnet has. Pure. */
import { claimNameOf, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../../api/index.ts";
import { comparePrefixes, parsePrefix } from "../../../ipam/index.ts";
import { compareText } from "../../../kernel/index.ts";
import { allObjects, type FleetObjects } from "../../check/fleet-objects.ts";
import { recomputeWorld } from "../../check/recomputed-world.ts";
import type { OperatorWorld } from "../../view/world.ts";
import { type FoundBlock, foundClaim, foundPool, foundSubnet } from "./found-block.ts";

export type NamedKind = "cluster" | "SubnetClaim" | "SubnetPoolClaim" | "SubnetPool" | "Subnet";

/**
 * The blocks of everything that has this name: as an object, or as the cluster that uses it. By address;
 * claims without a block come last.
 *
 * @param objects all those of one namespace, of one moment
 * @param kind default: all of them
 */
export function findName(objects: FleetObjects, name: string, kind?: NamedKind): FoundBlock[] {
  const is = (other: NamedKind) => kind === undefined || kind === other;
  const world = recomputeWorld(allObjects(objects));
  return collect(world, {
    subnet: ({ metadata, spec, status }) =>
      (is("cluster") && spec.clusterID === name) ||
      (is(SUBNETS.kind as NamedKind) && metadata.name === name) ||
      (is(SUBNET_CLAIMS.kind as NamedKind) &&
        claimNameOf({ metadata, spec, status } as FleetObjects["subnets"][number]) === name),
    pool: ({ metadata }) => is(SUBNET_POOLS.kind as NamedKind) && metadata.name === name,
    claim: (claim) =>
      (is("cluster") && "clusterID" in claim.spec && claim.spec.clusterID === name) ||
      (is(claim.kind as NamedKind) && claim.metadata.name === name),
  });
}

/** All blocks of a namespace. */
export function findAll(objects: FleetObjects): FoundBlock[] {
  const every = () => true;
  return collect(recomputeWorld(allObjects(objects)), { subnet: every, pool: every, claim: every });
}

interface Selection {
  readonly subnet: (subnet: FleetObjects["subnets"][number]) => boolean;
  readonly pool: (pool: FleetObjects["pools"][number]) => boolean;
  readonly claim: (claim: FleetObjects["claims"][number] | FleetObjects["poolClaims"][number]) => boolean;
}

function collect(world: OperatorWorld, selection: Selection): FoundBlock[] {
  const subnets = [...world.subnets.values()]
    .filter(selection.subnet)
    .map((subnet) => foundSubnet(world, subnet));
  const pools = [...world.pools.values()].filter(selection.pool).map((pool) => foundPool(world, pool));
  const covered = new Set([...subnets, ...pools].map(({ claim }) => claim));
  // A child pool is one block: its Subnet in the parent is the same one.
  const own = subnets.filter(
    ({ state, cidr, claim }) =>
      state !== "pool" || !pools.some((pool) => pool.claim === claim && pool.cidr === cidr),
  );
  const claims = [...world.claims.values(), ...world.poolClaims.values()]
    .filter((claim) => selection.claim(claim) && !covered.has(`${claim.kind} ${claim.metadata.name}`))
    .flatMap((claim) => boundPoolOf(world, claim) ?? foundClaim(world, claim));
  return byAddress([...own, ...pools, ...claims]);
}

/** The pool that a SubnetPoolClaim is bound to, which may have another name. */
function boundPoolOf(
  world: OperatorWorld,
  claim: FleetObjects["claims"][number] | FleetObjects["poolClaims"][number],
) {
  if (claim.kind !== SUBNET_POOL_CLAIMS.kind) return undefined;
  const [pool] = world.madeFor(claim.metadata.namespace, claim.metadata.name);
  return pool && foundPool(world, pool);
}

export function byAddress(blocks: readonly FoundBlock[]): FoundBlock[] {
  return blocks
    .map((block) => ({ block, prefix: parsePrefix(block.cidr) }))
    .sort((a, b) => {
      if (!a.prefix.ok || !b.prefix.ok)
        return Number(b.prefix.ok) - Number(a.prefix.ok) || byWho(a.block, b.block);
      return comparePrefixes(a.prefix.value, b.prefix.value) || byWho(a.block, b.block);
    })
    .map(({ block }) => block);
}

function byWho(a: FoundBlock, b: FoundBlock): number {
  return (
    compareText(a.namespace, b.namespace) ||
    compareText(a.claim ?? "", b.claim ?? "") ||
    compareText(a.subnet ?? "", b.subnet ?? "")
  );
}
