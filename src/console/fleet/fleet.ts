/**
 * What the console reads: the caches and views that the operator has, the blocks of each pool in address order, and who
 * hears of changes. All reads are synchronous, and belong to one moment.
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
import { comparePrefixes, type Prefix } from "../../ipam/index.ts";
import { compareText, type Kernel } from "../../kernel/index.ts";
import { OperatorWorld, POOL_REF_INDEX, type WorldSource } from "../../operator/index.ts";
import { type CacheDelta, keyOf } from "../../runtime/index.ts";
import type { LanePool } from "../map/lanes.ts";
import { promisedEntries } from "./block-state.ts";
import { PoolBlocks } from "./pool-blocks.ts";
import { WaitingClaims } from "./waiting.ts";

export type FleetDelta =
  | { readonly kind: "SubnetPool"; readonly delta: CacheDelta<SubnetPool> }
  | { readonly kind: "SubnetClaim"; readonly delta: CacheDelta<SubnetClaim> }
  | { readonly kind: "SubnetPoolClaim"; readonly delta: CacheDelta<SubnetPoolClaim> }
  | { readonly kind: "Subnet"; readonly delta: CacheDelta<Subnet> };

export class ConsoleFleet {
  readonly world: OperatorWorld;
  readonly waiting = new WaitingClaims();
  readonly #blocks = new Map<string, PoolBlocks>();
  readonly #listeners = new Set<(change: FleetDelta) => void>();
  /** Children in address order, by the key of the parent. Emptied when a pool changes its place. */
  readonly #children = new Map<string, readonly SubnetPool[]>();
  #revision = 0;

  /** Before the source starts to list, so that nothing is missed. */
  constructor(source: WorldSource, kernel: Kernel) {
    this.world = new OperatorWorld(source, kernel);
    source.onDelta(SUBNET_POOLS, (delta) => {
      this.#applyPool(delta);
      this.#announce({ kind: "SubnetPool", delta });
    });
    source.onDelta(SUBNETS, (delta) => {
      for (const subnet of [delta.old, delta.new]) {
        if (subnet !== undefined) this.#blocks.get(poolKeyOf(subnet))?.touch(subnet.metadata.name);
      }
      this.#announce({ kind: "Subnet", delta });
    });
    source.onDelta(SUBNET_CLAIMS, (delta) => {
      this.waiting.apply(delta.old, delta.new);
      this.#announce({ kind: "SubnetClaim", delta });
    });
    source.onDelta(SUBNET_POOL_CLAIMS, (delta) => {
      this.waiting.apply(delta.old, delta.new);
      this.#announce({ kind: "SubnetPoolClaim", delta });
    });
  }

  /** Increases with every change. */
  get revision(): number {
    return this.#revision;
  }

  /** Returns what takes it back. */
  onChange(listener: (change: FleetDelta) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  pool(namespace: string, name: string): SubnetPool | undefined {
    return this.world.pools.get(namespace, name);
  }

  /** Undefined: its spec cannot be read. */
  rangeOf(namespace: string, name: string): Prefix | undefined {
    return this.world.spaces.view(keyOf({ namespace, name }))?.space?.cidr;
  }

  blocks(namespace: string, name: string): PoolBlocks {
    const key = keyOf({ namespace, name });
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const blocks = new PoolBlocks(this.world, namespace, name);
    this.#blocks.set(key, blocks);
    return blocks;
  }

  /** In address order; those whose range cannot be read come last. */
  children(namespace: string, name: string): readonly SubnetPool[] {
    const key = keyOf({ namespace, name });
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const children = this.inAddressOrder(this.world.childrenOf(namespace, name));
    this.#children.set(key, children);
    return children;
  }

  inAddressOrder(pools: Iterable<SubnetPool>): SubnetPool[] {
    const withRange = [...pools].map((pool) => ({
      pool,
      range: this.rangeOf(pool.metadata.namespace, pool.metadata.name),
    }));
    withRange.sort((a, b) => {
      if (a.range === undefined || b.range === undefined) {
        if (a.range !== b.range) return a.range === undefined ? 1 : -1;
        return compareText(a.pool.metadata.name, b.pool.metadata.name);
      }
      const byAddress = comparePrefixes(a.range, b.range);
      return byAddress || compareText(a.pool.metadata.name, b.pool.metadata.name);
    });
    return withRange.map(({ pool }) => pool);
  }

  /** The pool and its ancestors, the outermost first. A circle is walked once. */
  trail(namespace: string, name: string): SubnetPool[] {
    const trail: SubnetPool[] = [];
    const seen = new Set<string>();
    for (let at = this.pool(namespace, name); at !== undefined && !seen.has(at.metadata.name); ) {
      seen.add(at.metadata.name);
      trail.unshift(at);
      const parent = parentNameOf(at);
      at = parent === undefined ? undefined : this.pool(namespace, parent);
    }
    return trail;
  }

  /** The pool as the map draws it; undefined: it does not exist, or its spec cannot be read. */
  lanePool(namespace: string, name: string): LanePool | undefined {
    const view = this.world.spaces.view(keyOf({ namespace, name }));
    if (view?.space === undefined) return undefined;
    const { space } = view;
    return {
      namespace,
      name,
      cidr: space.cidr,
      order: this.blocks(namespace, name).order(),
      reserved: space.reserved.map(({ prefix }) => prefix),
      promised: promisedEntries(this.world, keyOf({ namespace, name })),
      children: (isWanted) =>
        this.children(namespace, name).flatMap((child) => {
          const range = this.rangeOf(namespace, child.metadata.name);
          return range !== undefined && isWanted(range)
            ? (this.lanePool(namespace, child.metadata.name) ?? [])
            : [];
        }),
    };
  }

  /** Sorts all blocks now, so that the first look does not wait for it. */
  warm(): void {
    for (const { metadata } of this.world.pools.values()) {
      if (this.world.subnets.countByIndex(POOL_REF_INDEX, keyOf(metadata)) > 0) {
        this.blocks(metadata.namespace, metadata.name).order().total();
      }
    }
  }

  #applyPool(delta: CacheDelta<SubnetPool>): void {
    const { namespace, name } = (delta.new ?? delta.old).metadata;
    const key = keyOf({ namespace, name });
    if (delta.type === "deleted") this.#blocks.delete(key);
    const isMoved =
      delta.type !== "updated" ||
      delta.old.spec.cidr !== delta.new.spec.cidr ||
      parentNameOf(delta.old) !== parentNameOf(delta.new);
    if (!isMoved) return;
    this.#blocks.get(key)?.touchAll();
    this.#children.clear();
  }

  #announce(change: FleetDelta): void {
    this.#revision++;
    for (const listener of this.#listeners) listener(change);
  }
}

function poolKeyOf(subnet: Subnet): string {
  return keyOf({ namespace: subnet.metadata.namespace, name: subnet.spec.poolRef });
}
