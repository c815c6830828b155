/** How room could be made in a full pool: the fewest things that would have to go for a block of a size to be free. */
import type { SubnetPool } from "../../../api/index.ts";
import {
  comparePrefixes,
  contains,
  formatPrefix,
  overlaps,
  type PoolSpace,
  type Prefix,
  supernet,
  truncate,
} from "../../../ipam/index.ts";
import { missingRanges } from "../../model/held-range.ts";
import { isSubnetName } from "../../model/holder.ts";
import type { OperatorWorld } from "../../view/world.ts";
import type { Holder, Opening } from "./explanation.ts";
import { holdersOf } from "./surroundings.ts";

/** Enough to choose from; a longer list is not readable. */
const MOST_OPENINGS = 3;
/** An opening that costs more than this is none. */
export const MOST_RELEASES = 8;

interface Candidate {
  readonly prefix: Prefix;
  readonly owners: string[];
}

/** The cheapest first: a rest counts nothing, a claim one, a child pool as much as what lives in it besides. */
export function openingsFor(
  world: OperatorWorld,
  namespace: string,
  space: PoolSpace,
  length: number,
): Opening[] {
  const isBarred = (prefix: Prefix) => space.reserved.some((entry) => overlaps(entry.prefix, prefix));
  return candidatesIn(space, length)
    .filter(
      ({ prefix, owners }) =>
        owners.length <= MOST_RELEASES && owners.every(isSubnetName) && !isBarred(prefix),
    )
    .map(({ prefix, owners }) => {
      const holders = holdersOf(world, namespace, owners);
      return {
        prefix,
        holders,
        cost: holders.reduce((sum, each) => sum + costOf(world, namespace, each), 0),
      };
    })
    .sort((a, b) => a.cost - b.cost || comparePrefixes(a.prefix, b.prefix))
    .slice(0, MOST_OPENINGS)
    .map(({ prefix, holders }) => ({
      block: formatPrefix(prefix),
      release: holders.map(({ release, restsUntil }) =>
        restsUntil === undefined ? release : `${release}, which rests until ${restsUntil}`,
      ),
    }));
}

/** Aligned blocks of the length that contain owners, and larger ones of a single owner. */
function candidatesIn(space: PoolSpace, length: number): Candidate[] {
  const candidates = new Map<string, Candidate>();
  for (const { owner, prefix } of space.occupants()) {
    const block = prefix.length < length ? prefix : truncate(prefix, length);
    if (!contains(space.cidr, block)) continue;
    const key = formatPrefix(block);
    const known = candidates.get(key);
    if (known === undefined) candidates.set(key, { prefix: block, owners: [owner] });
    else known.owners.push(owner);
  }
  return [...candidates.values()];
}

function costOf(world: OperatorWorld, namespace: string, holder: Holder): number {
  if (holder.restsUntil !== undefined) return 0;
  if (!holder.isChildPool) return 1;
  const name = holder.release.slice(holder.release.indexOf(" ") + 1);
  return 2 + (world.spaces.view(`${namespace}/${name}`)?.space?.occupantCount ?? 0);
}

/** Whether something is reserved in every block of the length. */
export function isBarredThroughout({ cidr, reserved }: PoolSpace, length: number): boolean {
  const whole = new Set<string>();
  let share = 0;
  for (const { prefix } of reserved) {
    const block = prefix.length < length ? prefix : truncate(prefix, length);
    const key = formatPrefix(block);
    if (whole.has(key)) continue;
    whole.add(key);
    share += 2 ** (cidr.length - block.length);
  }
  return share >= 1;
}

/** The next larger range around a pool, if no other owner has addresses there. */
export function roomToGrow(world: OperatorWorld, namespace: string, name: string): string | undefined {
  const pool = world.pools.get(namespace, name);
  const settings = world.spaces.view(`${namespace}/${name}`)?.settings;
  if (pool === undefined || !settings?.ok) return undefined;
  const wider = supernet(settings.value.cidr);
  if (!wider.ok || !isRoom(world, pool, settings.value.parentName, wider.value)) return undefined;
  return formatPrefix(wider.value);
}

function isRoom(
  world: OperatorWorld,
  pool: SubnetPool,
  parentName: string | undefined,
  range: Prefix,
): boolean {
  if (parentName === undefined) return world.poolsOverlapping(pool, range).length === 0;
  const { namespace, name: poolName } = pool.metadata;
  const parent = world.poolState(namespace, parentName);
  const missing = missingRanges(range, world.heldBy(pool, parentName), {
    poolName,
    parentName,
    parent: () => parent,
  });
  return parent.state === "usable" && missing.every(({ obstacle }) => obstacle === undefined);
}
