/**
 * What the controllers look at: the caches and the views derived from them, as questions in the operator's terms. Nothing
 * here wakes a request; `controllers/wakes.ts` does.
 */
import {
  parentNameOf,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { overlaps, type Prefix } from "../../ipam/index.ts";
import { type Clock, compareText, formatTime, type Kernel, type Random } from "../../kernel/index.ts";
import { type CacheReader, keyOf, type Manager, type SignalWaitKey } from "../../runtime/index.ts";
import type { HeldRange } from "../model/held-range.ts";
import { holderOf } from "../model/holder.ts";
import {
  BACKING_INDEX,
  CLAIM_INDEX,
  controllerOf,
  IDENTITY_INDEX,
  LENGTH_FREED_SIGNAL,
  MAKER_INDEX,
  makerNameOf,
  PARENT_INDEX,
} from "../model/indexes.ts";
import { obstacleOf, type PoolCircumstances } from "../model/pool-obstacle.ts";
import type { PoolState } from "../model/pool-state.ts";
import { policyOf, restEndMs } from "../model/release-policy.ts";
import { backingClusterID, childNamesIn, subnetNameFor } from "../model/subnet-name.ts";
import { freedLengthKeys } from "./freed-lengths.ts";
import { livesIn } from "./lives-in.ts";
import { PoolSpaces } from "./pool-spaces.ts";
import { Promises } from "./promises.ts";
import { ReleasedBlocks } from "./released-blocks.ts";
import { TicketBook } from "./ticket-book.ts";

const MISSING: PoolState = { state: "missing" };

/** Where the objects come from: the manager, or a list (`check/recomputed-world.ts`). */
export type WorldSource = Pick<Manager, "cache" | "onDelta" | "awaited">;

/** What the views observe and requests may wait for. The callbacks receive keys. */
export interface SpaceWakes {
  /** Space of the pool may have become free. */
  readonly onFreed: (poolKey: string) => void;
  /** The creation of the Subnet ended, and no Subnet took its place. */
  readonly onCreationEnded: (subnetKey: string) => void;
}

const NO_WAKES: SpaceWakes = { onFreed() {}, onCreationEnded() {} };

export class OperatorWorld {
  readonly pools: CacheReader<SubnetPool>;
  readonly claims: CacheReader<SubnetClaim>;
  readonly subnets: CacheReader<Subnet>;
  readonly poolClaims: CacheReader<SubnetPoolClaim>;
  readonly spaces: PoolSpaces;
  readonly released = new ReleasedBlocks();
  readonly tickets = new TicketBook();
  readonly clock: Clock;
  readonly random: Random;
  readonly #source: Pick<WorldSource, "awaited">;

  /** Registers the views with the manager, so that they are fed before any controller. */
  constructor(source: WorldSource, kernel: Kernel, wakes: SpaceWakes = NO_WAKES) {
    this.clock = kernel.clock;
    this.random = kernel.random;
    this.pools = source.cache(SUBNET_POOLS);
    this.claims = source.cache(SUBNET_CLAIMS);
    this.subnets = source.cache(SUBNETS);
    this.poolClaims = source.cache(SUBNET_POOL_CLAIMS);
    this.#source = source;
    this.spaces = new PoolSpaces(this.subnets, kernel.clock, wakes.onFreed, wakes.onCreationEnded);
    const { pools, subnets, claims, poolClaims, spaces } = this;
    const promises = new Promises({ pools, subnets, claims, poolClaims, spaces });
    source.onDelta(SUBNET_POOLS, (delta) => {
      this.spaces.applyPool(delta);
      promises.applyPool(delta);
    });
    source.onDelta(SUBNET_CLAIMS, (delta) => promises.applyClaim(delta));
    source.onDelta(SUBNET_POOL_CLAIMS, (delta) => promises.applyPoolClaim(delta));
    source.onDelta(SUBNETS, (delta) => {
      this.tickets.apply(delta);
      this.released.apply(delta);
      this.spaces.applySubnet(delta);
      promises.applySubnet(delta);
    });
  }

  /** One signal for each length of which the pool has a free block. Empty if no request waits for one. */
  freedLengths(poolKey: string): readonly SignalWaitKey[] {
    const space = this.spaces.view(poolKey)?.space;
    // No request waits in a pool with free space, so its free blocks need not be counted.
    if (space === undefined || !this.#source.awaited(LENGTH_FREED_SIGNAL)) return [];
    return freedLengthKeys(poolKey, space);
  }

  /** The pool as somewhere to take blocks from. */
  poolState(namespace: string, name: string): PoolState {
    const pool = this.pools.get(namespace, name);
    const view = this.spaces.view(keyOf({ namespace, name }));
    if (pool === undefined || view === undefined) return { state: "missing" };
    const obstacle = obstacleOf(this.circumstancesOf(pool, view.settings));
    if (obstacle !== undefined) return { state: "not-ready", ...obstacle };
    if (!view.settings.ok || view.space === undefined) return { state: "missing" };
    return { state: "usable", settings: view.settings.value, space: view.space };
  }

  /** Until when a released Subnet keeps its block from others; undefined: not for a time. */
  restsUntil(namespace: string, subnetName: string): string | undefined {
    const subnet = this.subnets.get(namespace, subnetName);
    const pool = subnet && this.pools.get(namespace, subnet.spec.poolRef);
    const endMs = pool && restEndMs(subnet, policyOf(pool));
    return endMs === undefined ? undefined : formatTime(endMs);
  }

  circumstancesOf(pool: SubnetPool, settings: PoolCircumstances["settings"]): PoolCircumstances {
    const namespace = pool.metadata.namespace;
    const parentName = parentNameOf(pool);
    if (parentName === undefined) {
      const held: HeldRange = { base: undefined, extensions: [] };
      return { pool, settings, parent: undefined, isInCycle: false, held, parentState: () => MISSING };
    }
    return {
      pool,
      settings,
      parent: this.pools.get(namespace, parentName),
      isInCycle: this.wouldBeInCycle(pool, parentName),
      held: this.heldBy(pool, parentName),
      parentState: () => this.poolState(namespace, parentName),
    };
  }

  /** The Subnets by which a child pool holds its range in this parent. */
  heldBy(pool: SubnetPool, parentName: string): HeldRange {
    const { namespace, name } = pool.metadata;
    const base = this.backingOf(pool, parentName);
    const baseName = base?.metadata.name ?? backingSubnetName(parentName, name);
    const extensions = this.behind(namespace, name)
      .filter(({ metadata, spec }) => spec.poolRef === parentName && metadata.name !== baseName)
      .toSorted((a, b) => compareText(a.metadata.name, b.metadata.name));
    return { base, extensions, isInside: (owner) => livesIn(this, namespace, owner, name) };
  }

  /** All Subnets behind a pool of this name, in whichever parent. */
  behind(namespace: string, poolName: string): readonly Subnet[] {
    return this.subnets.byIndex(BACKING_INDEX, `${namespace}/${backingClusterID(poolName)}`);
  }

  /** The Subnet by which a child pool holds the block that it began with in this parent. */
  backingOf(pool: SubnetPool, parentName: string): Subnet | undefined {
    const namespace = pool.metadata.namespace;
    const own = this.subnets.get(namespace, backingSubnetName(parentName, pool.metadata.name));
    if (own !== undefined) return own;
    const inner = this.innerClaimOf(pool, parentName);
    if (inner === undefined) return undefined;
    return this.subnets
      .byIndex(CLAIM_INDEX, `${namespace}/${inner.metadata.name}`)
      .find(({ spec }) => spec.poolRef === parentName && spec.claimRef?.uid === inner.metadata.uid);
  }

  /**
   * The SubnetClaim through which another operator holds the block of a pool that it made for a SubnetPoolClaim: that
   * one owns both, and its UID is the cluster.
   */
  innerClaimOf(pool: SubnetPool, parentName: string): SubnetClaim | undefined {
    const namespace = pool.metadata.namespace;
    const maker = makerNameOf(pool);
    const uid = maker === undefined ? undefined : this.poolClaims.get(namespace, maker)?.metadata.uid;
    return uid === undefined ? undefined : this.innerClaimsOf(namespace, parentName, uid)[0];
  }

  /** Those that a SubnetPoolClaim of this UID owns, whether or not it has a pool by now. */
  innerClaimsOf(namespace: string, parentName: string, poolClaimUid: string): readonly SubnetClaim[] {
    return this.claims
      .byIndex(IDENTITY_INDEX, `${namespace}/${parentName}/${poolClaimUid}`)
      .filter((claim) => controllerOf(claim)?.uid === poolClaimUid);
  }

  /** Claims that were promised a block of the pool, and have no Subnet of it now. */
  promisedIn(namespace: string, name: string): number {
    let count = 0;
    for (const owner of this.spaces.promisedOwners(`${namespace}/${name}`)) {
      const holder = holderOf(owner);
      if (holder.kind !== "SubnetClaim") continue;
      if (this.claims.get(namespace, holder.name)?.status?.allocatedCIDR !== undefined) count++;
    }
    return count;
  }

  childrenOf(namespace: string, name: string): readonly SubnetPool[] {
    return this.pools.byIndex(PARENT_INDEX, `${namespace}/${name}`);
  }

  /**
   * Unrelated pools of the namespace that share addresses with this one. Children lie in their parents by design, so
   * only pools without a parent are compared.
   */
  overlappingPools(pool: SubnetPool): readonly SubnetPool[] {
    const cidr = this.#rangeOf(pool.metadata.namespace, pool.metadata.name);
    return cidr === undefined || parentNameOf(pool) !== undefined ? [] : this.poolsOverlapping(pool, cidr);
  }

  /** As {@link overlappingPools}, for a range that the pool does not have yet. */
  poolsOverlapping(pool: SubnetPool, cidr: Prefix): readonly SubnetPool[] {
    const { namespace, name } = pool.metadata;
    const found: SubnetPool[] = [];
    for (const other of this.pools.values()) {
      if (other.metadata.namespace !== namespace || other.metadata.name === name) continue;
      if (parentNameOf(other) !== undefined) continue;
      const range = this.#rangeOf(namespace, other.metadata.name);
      if (range !== undefined && range.family === cidr.family && overlaps(range, cidr)) found.push(other);
    }
    return found;
  }

  /** Whether a pool with this parent would be its own ancestor. */
  wouldBeInCycle(pool: SubnetPool, parentName: string): boolean {
    const { namespace, name } = pool.metadata;
    const seen = new Set<string>();
    let ancestor: string | undefined = parentName;
    while (ancestor !== undefined && !seen.has(ancestor)) {
      if (ancestor === name) return true;
      seen.add(ancestor);
      const parent = this.pools.get(namespace, ancestor);
      ancestor = parent && parentNameOf(parent);
    }
    return false;
  }

  /** All pools below this one, each once. */
  descendantsOf(namespace: string, name: string): readonly SubnetPool[] {
    const found = new Map<string, SubnetPool>();
    const open = [name];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const child of this.childrenOf(namespace, next)) {
        if (found.has(child.metadata.name)) continue;
        found.set(child.metadata.name, child);
        open.push(child.metadata.name);
      }
    }
    return [...found.values()];
  }

  /** The pools of a SubnetPoolClaim for which another operator holds a block through a SubnetClaim of its own. */
  poolsHeldThrough(namespace: string, { claimRef }: Subnet["spec"]): readonly SubnetPool[] {
    const claim = claimRef?.name === undefined ? undefined : this.claims.get(namespace, claimRef.name);
    const owner = claim && controllerOf(claim);
    return owner?.kind === SUBNET_POOL_CLAIMS.kind ? this.madeFor(namespace, owner.name) : [];
  }

  /** The pools that were made for a SubnetPoolClaim. */
  madeFor(namespace: string, poolClaimName: string): readonly SubnetPool[] {
    return this.pools.byIndex(MAKER_INDEX, `${namespace}/${poolClaimName}`);
  }

  /** The child pools that a Subnet of this clusterID is behind, whether or not they exist: as a rule one. */
  poolNamesBehind(namespace: string, { clusterID, poolRef }: Subnet["spec"]): readonly string[] {
    return childNamesIn(
      clusterID,
      (name) => this.pools.get(namespace, name) !== undefined,
      () => this.childrenOf(namespace, poolRef).map(({ metadata }) => metadata.name),
    );
  }

  #rangeOf(namespace: string, name: string): Prefix | undefined {
    const settings = this.spaces.view(keyOf({ namespace, name }))?.settings;
    return settings?.ok ? settings.value.cidr : undefined;
  }
}

/** The name of the Subnet by which a child pool holds its block, whichever client created them. */
export function backingSubnetName(parentName: string, childName: string): string {
  return subnetNameFor(parentName, backingClusterID(childName));
}
