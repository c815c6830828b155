/**
 * How a child pool comes to hold its range in the parent: the block that it begins with, a piece more when it grows, and
 * back with the pieces that it left when it shrinks. No block is let go in which something lives, or could come to
 * live. Pure.
 */

import {
  API_VERSION,
  GIVEN_BACK_ANNOTATION,
  type PoolSettings,
  SUBNET_PROTECTION_FINALIZER,
  SUBNETS,
  type Subnet,
  type SubnetPool,
} from "../../api/index.ts";
import { formatPrefix, overlaps, type Prefix } from "../../ipam/index.ts";
import type { Action, Decision, Request, WaitKey } from "../../runtime/index.ts";
import { heldObstacleOf } from "../model/held-obstacle.ts";
import {
  blockOf,
  type HeldRange,
  isDisjoint,
  isGivenBack,
  isUnneeded,
  type MissingRange,
  missingRanges,
} from "../model/held-range.ts";
import { CREATION_ENDED_SIGNAL, POOL_REF_INDEX } from "../model/indexes.ts";
import type { PoolState } from "../model/pool-state.ts";
import { backingClusterID, extensionNameFor, subnetNameFor } from "../model/subnet-name.ts";
import { circumstancesKey, objectKey, poolWakeKeys, spaceFreedKey } from "../model/wait-keys.ts";
import { labelsFor } from "./claim-subnet.ts";
import { blocked, emit, settled } from "./decision.ts";

/** A pool in its parent, at one moment. */
export interface HoldingSnapshot {
  readonly parentName: string;
  readonly parent: PoolState;
  readonly held: HeldRange;
  /** Whether the pool itself asks for the block that it begins with. Else the SubnetPoolClaim that made it does. */
  readonly ownsBase: boolean;
  /** Names of the extensions that live Subnets outside of the pool's range have addresses of. */
  readonly inhabited: ReadonlySet<string>;
  readonly poolRequest: Request | undefined;
}

export function holdRange(
  pool: SubnetPool,
  settings: PoolSettings | undefined,
  holding: HoldingSnapshot,
): Decision {
  if (settings === undefined) return settled("the spec is invalid");
  const range = settings.cidr;
  const { held, ownsBase } = holding;
  if (isDisjoint(range, held)) return settled("its range does not overlap what it holds, which is kept");
  if (held.base !== undefined && isUnneeded(held.base, range)) {
    const drop: Action = { do: "delete", resource: SUBNETS, of: held.base };
    return settled("starts with another block", ownsBase ? [drop] : []);
  }
  const changes = held.extensions.flatMap((extension) => adjust(extension, range, holding));
  const waits = ask(pool, range, holding);
  const until = [...waits.until, ...leftoverKeys(pool, range, held)];
  const actions = [...changes, ...waits.actions];
  const [first, ...others] = until;
  if (first === undefined) return settled("its range in the parent is requested", actions);
  return blocked(waits.message, [first, ...others], actions);
}

// ── what it has ────────────────────────────────────────────────────────────────────────────────────────────

/**
 * What is outside of the range goes in two steps. First it is marked, and from then on no process accepts a Subnet into it;
 * a process that sees the mark has seen every Subnet created before it. When nothing lives there then, nothing ever will.
 */
function adjust(extension: Subnet, range: Prefix, { inhabited }: HoldingSnapshot): Action[] {
  if (extension.metadata.deletionTimestamp !== undefined) return [];
  if (isUnneeded(extension, range)) return [{ do: "delete", resource: SUBNETS, of: extension }];
  if (isNeeded(extension, range)) return isGivenBack(extension) ? [mark(extension, null)] : [];
  if (inhabited.has(extension.metadata.name)) return [];
  return [
    isGivenBack(extension) ? { do: "delete", resource: SUBNETS, of: extension } : mark(extension, "true"),
  ];
}

function isNeeded(extension: Subnet, range: Prefix): boolean {
  const block = blockOf(extension);
  return block !== undefined && overlaps(block, range);
}

function mark(of: Subnet, value: string | null): Action {
  const patch = { metadata: { annotations: { [GIVEN_BACK_ANNOTATION]: value } } };
  return { do: "patch", resource: SUBNETS, of, patch };
}

/** A piece outside of the range stays while something lives in it, and goes after that. */
function leftoverKeys({ metadata }: SubnetPool, range: Prefix, { extensions }: HeldRange): WaitKey[] {
  return extensions.every((extension) => isNeeded(extension, range))
    ? []
    : [spaceFreedKey(metadata.namespace, metadata.name)];
}

// ── what it missing ──────────────────────────────────────────────────────────────────────────────────────────

interface Waits {
  readonly message: string;
  /** None: it missing nothing. */
  readonly until: readonly WaitKey[];
  readonly actions: readonly Action[];
}

function ask(pool: SubnetPool, range: Prefix, holding: HoldingSnapshot): Waits {
  const { parentName, parent, held } = holding;
  const { namespace, name } = pool.metadata;
  const nesting = { poolName: name, parentName, parent: () => parent };
  const missing = missingRanges(range, held, nesting);
  if (missing.length === 0) return { message: "keeps the ranges that are in use", until: [], actions: [] };
  const creations = parent.state === "usable" ? creationsFor(pool, missing, holding) : [];
  const names = creations.map(({ object }) => object.metadata.name);
  const obstacle = heldObstacleOf(range, held, nesting);
  // Missing ranges are reported by PoolStatus, which does not see what happens in the parent.
  const report: Action[] =
    holding.poolRequest === undefined
      ? []
      : [{ do: "enqueue", controller: "PoolStatus", request: holding.poolRequest }];
  return {
    message: obstacle === undefined ? "requests more of the parent" : `it ${obstacle.message}`,
    until: [
      ...poolWakeKeys(namespace, parentName, parent),
      circumstancesKey(namespace, parentName),
      spaceFreedKey(namespace, parentName),
      objectKey(SUBNETS, namespace, subnetNameFor(parentName, backingClusterID(name))),
      ...names.map((each) => ({ signal: CREATION_ENDED_SIGNAL, value: `${namespace}/${each}` })),
      // The blocking object may change while it waits.
      ...(obstacle?.reason === "BlockTaken" ? [arrivalsKey(namespace, parentName)] : []),
    ],
    actions: [...warning(pool, obstacle), ...report, ...creations],
  };
}

function arrivalsKey(namespace: string, parentName: string): WaitKey {
  const on = ["added"] as const;
  return { resource: SUBNETS, index: POOL_REF_INDEX, value: `${namespace}/${parentName}`, on };
}

/** An Event once; the status reports it as long as it persists. */
function warning(pool: SubnetPool, obstacle: ReturnType<typeof heldObstacleOf>): Action[] {
  if (obstacle?.reason !== "BlockTaken") return [];
  const ready = pool.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.reason === obstacle.reason) return [];
  return [emit(pool, "Warning", "AllocationConflict", `the pool ${obstacle.message}`)];
}

type Creation = Extract<Action, { do: "create" }>;

/** The block that it begins with comes first: it may be someone else's affair, and its name is its own. */
function creationsFor(
  pool: SubnetPool,
  missing: readonly MissingRange[],
  holding: HoldingSnapshot,
): Creation[] {
  const { held, ownsBase, parentName } = holding;
  const isFree = (range: MissingRange | undefined) =>
    range !== undefined && range.obstacle === undefined && !range.isUnderWay;
  const of = {
    namespace: pool.metadata.namespace,
    parentName,
    childName: pool.metadata.name,
  };
  if (held.base === undefined) {
    const [first] = missing;
    if (!ownsBase || first === undefined || !isFree(first)) return [];
    return [backingSubnet({ ...of, cidr: formatPrefix(first.piece) })];
  }
  return missing.filter(isFree).map(({ piece }) => {
    const cidr = formatPrefix(piece);
    return backingSubnet({ ...of, cidr, name: extensionNameFor(parentName, of.childName, cidr) });
  });
}

/** The Subnet by which a child pool holds a block of the parent. */
export function backingSubnet(of: {
  readonly namespace: string;
  readonly parentName: string;
  readonly childName: string;
  readonly cidr: string;
  /** Default: the name of the one that the pool begins with. */
  readonly name?: string;
}): Creation {
  const clusterID = backingClusterID(of.childName);
  const object: Subnet = {
    apiVersion: API_VERSION,
    kind: SUBNETS.kind,
    metadata: {
      name: of.name ?? subnetNameFor(of.parentName, clusterID),
      namespace: of.namespace,
      labels: labelsFor({ poolRef: of.parentName, clusterID }),
      finalizers: [SUBNET_PROTECTION_FINALIZER],
    },
    spec: { poolRef: of.parentName, clusterID, cidr: of.cidr },
  };
  return { do: "create", resource: SUBNETS, object };
}
