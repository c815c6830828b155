/** Answers `GET /api/at`: what is at an address or block. */
import {
  addressCount,
  contains,
  formatAddress,
  formatPrefix,
  lastAddress,
  type PoolSpace,
  type Prefix,
} from "../../ipam/index.ts";
import { counted, defined, err, ok, type Result } from "../../kernel/index.ts";
import {
  freeAround,
  holderOf,
  isBackingClusterID,
  isSubnetName,
  reservationAround,
} from "../../operator/index.ts";
import { keyOf } from "../../runtime/index.ts";
import type { AtAnswer, Place } from "../answers.ts";
import { promisedEntries } from "../fleet/block-state.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import type { MapEntry } from "../map/block-sum.ts";
import { MAP_STATES } from "../map/states.ts";
import { type Fault, notFound } from "./fault.ts";
import { noPool, trailOf } from "./map.ts";
import { neighboursOf } from "./neighbours.ts";
import { childOf } from "./subnet-facts.ts";

export interface AtQuery {
  readonly sees: (namespace: string) => boolean;
  /** Default: all pools that are seen. */
  readonly pool?: { readonly namespace: string; readonly name: string } | undefined;
  readonly prefix: Prefix;
  /** As it was asked for. */
  readonly text: string;
}

const MOST_PLACES = 21;
const MOST_NAMES = 20;

export function atAnswer(
  fleet: ConsoleFleet,
  { sees, pool, prefix, text }: AtQuery,
): Result<AtAnswer, Fault> {
  if (pool !== undefined && fleet.rangeOf(pool.namespace, pool.name) === undefined) {
    return err(noPool(fleet, pool.namespace, pool.name));
  }
  const [place, ...others] = placesAt(fleet, prefix, sees, pool);
  if (place === undefined && pool !== undefined) {
    const range = fleet.pool(pool.namespace, pool.name)?.spec.cidr;
    return err(notFound(`${text} is outside of pool ${pool.name} (${range}): choose an address inside it`));
  }
  return ok({ at: text, ...defined({ place }), others });
}

/** The deepest pool first. */
export function placesAt(
  fleet: ConsoleFleet,
  prefix: Prefix,
  sees: (namespace: string) => boolean,
  under?: AtQuery["pool"],
): Place[] {
  const found: { readonly namespace: string; readonly name: string; readonly depth: number }[] = [];
  for (const { metadata } of fleet.world.pools.values()) {
    const { namespace, name } = metadata;
    if (!sees(namespace) || (under !== undefined && under.namespace !== namespace)) continue;
    const range = fleet.rangeOf(namespace, name);
    if (range === undefined || !contains(range, prefix)) continue;
    const trail = fleet.trail(namespace, name);
    if (under !== undefined && !trail.some((pool) => pool.metadata.name === under.name)) continue;
    found.push({ namespace, name, depth: trail.length });
  }
  found.sort((a, b) => b.depth - a.depth);
  // An ancestor adds nothing to the pool below it.
  const shown = found.filter(
    ({ namespace, name }) =>
      !found.some(
        (other) =>
          other.name !== name &&
          other.namespace === namespace &&
          fleet.trail(namespace, other.name).some((pool) => pool.metadata.name === name),
      ),
  );
  return shown
    .slice(0, MOST_PLACES)
    .flatMap(({ namespace, name }) => placeIn(fleet, namespace, name, prefix) ?? []);
}

/** What of this very pool contains the block, or is in it. */
export function placeIn(
  fleet: ConsoleFleet,
  namespace: string,
  name: string,
  prefix: Prefix,
): Place | undefined {
  const space = fleet.world.spaces.view(keyOf({ namespace, name }))?.space;
  if (space === undefined) return undefined;
  const what = whatIsAt(fleet, namespace, name, space, prefix);
  const facts = what.entry === undefined ? {} : factsOf(fleet, namespace, what.entry);
  const place = {
    namespace,
    pool: name,
    poolCidr: formatPrefix(space.cidr),
    trail: trailOf(fleet, namespace, name),
    state: what.state,
    cidr: formatPrefix(what.prefix),
    first: formatAddress(what.prefix),
    last: formatAddress(lastAddress(what.prefix)),
    addresses: addressCount(what.prefix).toString(),
    ...facts,
    ...defined({ note: what.note }),
    neighbours: neighboursOf(fleet, namespace, space, what.prefix),
    overlaps: overlapsOf(space, what.prefix, what.entry?.key),
  };
  return { ...place, sentence: sentenceOf(place) };
}

interface What {
  readonly state: Place["state"];
  readonly prefix: Prefix;
  readonly entry?: MapEntry;
  readonly note?: string;
}

function whatIsAt(
  fleet: ConsoleFleet,
  namespace: string,
  name: string,
  space: PoolSpace,
  prefix: Prefix,
): What {
  const around = fleet.blocks(namespace, name).order().around(prefix);
  const promised = promisedEntries(fleet.world, keyOf({ namespace, name })).filter((entry) =>
    contains(entry.prefix, prefix),
  );
  const held = [...around.filter(({ isHeld }) => isHeld), ...promised];
  const entry = held.at(-1) ?? around.at(-1);
  if (entry !== undefined) return { state: MAP_STATES[entry.state], prefix: entry.prefix, entry };
  const reserved = reservationAround(space, prefix);
  if (reserved !== undefined) return { state: "reserved", prefix: reserved.prefix, note: reserved.reason };
  if (space.check(prefix).ok) return { state: "free", prefix: freeAround(space, prefix) };
  const inside = space.overlappingOwners(prefix).length;
  return { state: "allocated", prefix, note: `it contains ${counted(inside, "block")}` };
}

function factsOf(fleet: ConsoleFleet, namespace: string, { key }: MapEntry): Partial<Place> {
  if (!isSubnetName(key)) {
    const { kind, name } = holderOf(key);
    return kind === "SubnetClaim" ? { claim: name } : { note: `kept for ${kind} ${name}` };
  }
  const subnet = fleet.world.subnets.get(namespace, key);
  if (subnet === undefined) return {};
  const { clusterID, purpose, claimRef } = subnet.spec;
  const { allocatedAt, phase, message } = subnet.status ?? {};
  return {
    subnet: key,
    ...defined({
      child: childOf(fleet, subnet),
      cluster: isBackingClusterID(clusterID) ? undefined : clusterID,
      purpose: purpose || undefined,
      claim: claimRef?.name || undefined,
      since: allocatedAt,
      restsUntil: fleet.world.restsUntil(namespace, key),
      note: phase === "Failed" ? message : undefined,
    }),
  };
}

function overlapsOf(space: PoolSpace, prefix: Prefix, own: string | undefined): string[] {
  if (own === undefined) return [];
  const names: string[] = [];
  for (const { owner } of space.occupants(prefix)) {
    if (owner !== own && isSubnetName(owner)) names.push(owner);
    if (names.length === MOST_NAMES) break;
  }
  return names;
}

function sentenceOf(place: Omit<Place, "sentence">): string {
  const { cidr, pool, state, cluster, claim, child, since, restsUntil, note } = place;
  const where = `${cidr} of pool ${pool}`;
  const whom = cluster === undefined ? "" : ` to cluster ${cluster}`;
  const through = claim === undefined ? "" : ` through SubnetClaim ${claim}`;
  const time = since === undefined ? "" : ` since ${since}`;
  switch (state) {
    case "free":
      return `${where} is free.`;
    case "reserved":
      return `${where} is reserved (${note ?? "reserved"}).`;
    case "child":
      return `${where} is the range of the child pool ${child ?? "that is being created"}${time}.`;
    case "resting":
      return `${where} was released by cluster ${cluster ?? "unknown"} and ${restsUntil === undefined ? "is kept" : `rests until ${restsUntil}`}.`;
    case "deciding":
      return `${where} is requested${whom === "" ? "" : ` for${whom.slice(3)}`}${through} and is being decided.`;
    case "failed":
      return `${where} was not allocated${whom}: ${note ?? "it failed"}.`;
    case "overlapping":
      return `${where}${cluster === undefined ? "" : ` of cluster ${cluster}`} overlaps another block${note === undefined ? "" : `: ${note}`}.`;
    case "allocated":
      return note === undefined || cluster !== undefined
        ? `${where} is allocated${whom}${through}${time}.`
        : `${where} is partly allocated: ${note}.`;
  }
}
