/** For each reason why a claim is not fulfilled: what blocks it, what would help, and what it waits for. */

import type { PoolSettings, SubnetClaim } from "../../api/index.ts";
import { contains, formatPrefix, type PoolSpace, parsePrefix } from "../../ipam/index.ts";
import type { AnyClaim } from "../model/block-record.ts";
import type { OperatorWorld } from "../view/world.ts";
import type { Ask, Part } from "./ask.ts";
import { isBarredThroughout, MOST_RELEASES, openingsFor, roomToGrow } from "./openings.ts";
import {
  describeFree,
  describeHolder,
  describeRelease,
  freeByLength,
  holderOf,
  holdersOf,
  listed,
} from "./surroundings.ts";

export function whyNot(world: OperatorWorld, ask: Ask): Part {
  const { pool, reason } = ask;
  switch (reason) {
    case "PoolNotFound":
      return poolMissing(world, ask);
    case "PoolNotReady":
      return { sentences: ["It is fulfilled automatically as soon as the pool is ready."] };
    case "DuplicateClusterID":
      return duplicate(world, ask);
    case "AllocationLost":
      return pool.state === "usable" ? lost(world, ask, pool.space) : { sentences: poolSentences(ask) };
    default:
      break;
  }
  if (pool.state !== "usable") return { sentences: poolSentences(ask) };
  switch (reason) {
    case "PoolExhausted":
      return exhausted(world, ask, pool.settings, pool.space);
    case "BlockTaken":
    case "Reserved":
      return taken(world, ask, pool.space);
    case "OutsidePool":
      return outside(world, ask);
    case "SizeNotAllowed":
      return { sentences: [sizesOf(ask, pool.settings), changeSpec(ask)] };
    default:
      return { sentences: [changeSpec(ask)] };
  }
}

function changeSpec({ claim }: Ask): string {
  return `Time alone does not cure that: change the spec of the ${claim.kind}, or of the pool.`;
}

function poolMissing(world: OperatorWorld, { claim, namespace, poolName }: Ask): Part {
  const served = "It is fulfilled automatically as soon as the pool exists.";
  const maker = world.poolClaims.get(namespace, poolName);
  if (maker !== undefined && maker !== claim) {
    const why = maker.status?.message ?? "it is not decided yet";
    return {
      sentences: [`SubnetPoolClaim ${poolName} requests that pool, and is not fulfilled: ${why}.`, served],
    };
  }
  const names = [...world.pools.values()]
    .filter(({ metadata }) => metadata.namespace === namespace)
    .map(({ metadata }) => metadata.name)
    .sort();
  const known =
    names.length === 0 ? "The namespace has no pool." : `The pools of the namespace are ${listed(names)}.`;
  return { sentences: [known, served] };
}

function exhausted(world: OperatorWorld, ask: Ask, settings: PoolSettings, space: PoolSpace): Part {
  const { namespace, poolName, length = settings.defaultLength } = ask;
  const openings = openingsFor(world, namespace, space, length);
  const free = freeByLength(space);
  const wider = roomToGrow(world, namespace, poolName);
  const waiting = alsoWaiting(world, ask);
  return {
    openings,
    ...(waiting.length === 0 ? {} : { alsoWaiting: waiting }),
    sentences: [
      Object.keys(free).length === 0
        ? `Pool ${poolName} (${formatPrefix(settings.cidr)}) has no free address.`
        : `Free in pool ${poolName} (${formatPrefix(settings.cidr)}) are ${describeFree(free)}.`,
      ...openings.map(({ block, release }) => `${block} would be free without ${listed(release, 8)}.`),
      ...(openings.length === 0 ? [noOpening(space, length)] : []),
      ...(wider === undefined ? [] : [`The pool may grow: no other one has addresses in ${wider}.`]),
      ...restsOf(world, namespace, settings, space),
      ...(waiting.length === 0 ? [] : [`Also waiting for room in this pool: ${listed(waiting)}.`]),
      `It is fulfilled automatically as soon as a /${length} is free.`,
    ],
  };
}

/** How long blocks rest, and which is the first to have rested. */
function restsOf(
  world: OperatorWorld,
  namespace: string,
  settings: PoolSettings,
  space: PoolSpace,
): string[] {
  if (settings.reuseDelayMs === 0) return [];
  const rule = `A released block of this pool rests for ${settings.reuseDelayMs / 1000} s before it is allocated`;
  const ends = [...space.occupants()].flatMap(({ owner }) => world.restsUntil(namespace, owner) ?? []).sort();
  return [ends[0] === undefined ? `${rule}.` : `${rule}; the first of ${ends.length} is free at ${ends[0]}.`];
}

function noOpening(space: PoolSpace, length: number): string {
  if (!isBarredThroughout(space, length))
    return `No ${MOST_RELEASES} releases or fewer would make room for it.`;
  const ranges = space.reserved.map(({ prefix, reason }) => `${formatPrefix(prefix)} (${reason})`);
  return `No release makes room for it, since the pool reserves a part of every /${length}: ${listed(ranges)}.`;
}

/** Claims of the pool that are not served for want of room. */
function alsoWaiting(world: OperatorWorld, { claim, namespace, poolName }: Ask): string[] {
  const isWaiting = (other: AnyClaim, pool: string) =>
    other.metadata.namespace === namespace &&
    pool === poolName &&
    other.metadata.uid !== claim.metadata.uid &&
    other.status?.phase === "Pending" &&
    other.status.conditions?.some(({ reason }) => reason === "PoolExhausted");
  return [
    ...[...world.poolClaims.values()].filter((other) => isWaiting(other, other.spec.parentPoolRef)),
    ...[...world.claims.values()].filter((other) => isWaiting(other, other.spec.poolRef)),
  ]
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .sort();
}

function taken(world: OperatorWorld, { namespace, exactly }: Ask, space: PoolSpace): Part {
  if (exactly === undefined) return { sentences: [] };
  const owners = space.overlappingOwners(exactly).map(({ owner }) => owner);
  const blockers = holdersOf(world, namespace, owners);
  const reserved = space.reserved.filter(
    ({ prefix }) => contains(prefix, exactly) || contains(exactly, prefix),
  );
  const again = space.find(exactly.length, "Linear");
  return {
    blockers,
    sentences: [
      ...(blockers.length === 0 ? [] : [`Blocked by: ${listed(blockers.map(describeHolder))}.`]),
      ...reserved.map(({ prefix, reason }) => `The pool reserves ${formatPrefix(prefix)}: ${reason}.`),
      ...(again.ok ? [`The lowest free block of that size is ${formatPrefix(again.value)}.`] : []),
      ...(blockers.length > 0 && reserved.length === 0
        ? [`It is fulfilled automatically as soon as ${listed(blockers.map(describeRelease))}.`]
        : []),
    ],
  };
}

function outside(world: OperatorWorld, ask: Ask): Part {
  const { namespace, exactly } = ask;
  const around = [...world.pools.values()].filter(({ metadata, spec }) => {
    const cidr = parsePrefix(spec.cidr);
    return (
      metadata.namespace === namespace && exactly !== undefined && cidr.ok && contains(cidr.value, exactly)
    );
  });
  const names = around.map(({ metadata, spec }) => `${metadata.name} (${spec.cidr})`).sort();
  if (names.length === 0) return { sentences: ["No pool of the namespace contains it.", changeSpec(ask)] };
  return {
    sentences: [`It lies in ${names.length === 1 ? "pool" : "pools"} ${listed(names)}.`, changeSpec(ask)],
  };
}

function sizesOf({ poolName }: Ask, { minLength, maxLength, defaultLength, cidr }: PoolSettings): string {
  return `Pool ${poolName} (${formatPrefix(cidr)}) allocates /${minLength} to /${maxLength}, and /${defaultLength} to claims without a size.`;
}

function duplicate(world: OperatorWorld, { claim, namespace, poolName }: Ask): Part {
  if (!("clusterID" in claim.spec)) return { sentences: [changeSpec({ claim } as Ask)] };
  const { clusterID } = claim.spec;
  const blockers = [...world.subnets.values()]
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === namespace && spec.poolRef === poolName && spec.clusterID === clusterID,
    )
    .map((subnet) => holderOf(world, subnet));
  if (blockers.length === 0) return { sentences: [] };
  return {
    blockers,
    sentences: [
      `${clusterID} holds ${listed(blockers.map(describeHolder))}; a cluster holds one block of a pool.`,
      `It is fulfilled automatically as soon as ${listed(blockers.map(describeRelease))}.`,
    ],
  };
}

function lost(world: OperatorWorld, { claim, namespace }: Ask, space: PoolSpace): Part {
  const promised = (claim as SubnetClaim).status?.allocatedCIDR;
  const parsed = parsePrefix(promised ?? "");
  if (!parsed.ok) return { sentences: [] };
  const blockers = holdersOf(
    world,
    namespace,
    space.overlappingOwners(parsed.value).map(({ owner }) => owner),
  );
  const blockedBy = blockers.length === 0 ? [] : [`Blocked by: ${listed(blockers.map(describeHolder))}.`];
  return {
    blockers,
    sentences: [
      ...blockedBy,
      `It was given ${promised}, and gets that block again as soon as it is free; it never gets another one.`,
    ],
  };
}

/** What is wrong with the pool; nothing when it is usable. */
export function poolSentences({ pool, poolName }: Ask): string[] {
  if (pool.state === "missing") return [`There is no pool ${poolName}.`];
  return pool.state === "not-ready" ? [`Pool ${poolName} ${pool.message}.`] : [];
}
