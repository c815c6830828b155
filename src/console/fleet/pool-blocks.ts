/**
 * The blocks of one pool in address order, brought up to date when they are asked for: a change costs nothing while
 * there is no request, and many changes cost one sorting.
 */
import { isLive, readSubnetBlock, type Subnet } from "../../api/index.ts";
import { contains, type PoolSpace, type Prefix } from "../../ipam/index.ts";
import { isSubnetName, type OperatorWorld, POOL_REF_INDEX } from "../../operator/index.ts";
import { BlockOrder } from "../map/block-order.ts";
import { entryOf, hasRival, overlappingKeys } from "./block-state.ts";

/** As many changes, or as large a part, and everything is sorted again. */
const MOST_SINGLE_CHANGES = 256;
const SINGLE_CHANGE_PART = 16;

export class PoolBlocks {
  readonly #world: OperatorWorld;
  readonly #namespace: string;
  readonly #name: string;
  readonly #order = new BlockOrder();
  /** Names of Subnets that changed; undefined: everything. */
  #stale: Set<string> | undefined;

  constructor(world: OperatorWorld, namespace: string, name: string) {
    this.#world = world;
    this.#namespace = namespace;
    this.#name = name;
  }

  /** The Subnet has come, gone or changed. */
  touch(subnetName: string): void {
    if (this.#stale === undefined) return;
    this.#stale.add(subnetName);
    const most = Math.max(MOST_SINGLE_CHANGES, this.#order.size / SINGLE_CHANGE_PART);
    if (this.#stale.size > most) this.#stale = undefined;
  }

  /** The range of the pool, or all of it, has changed. */
  touchAll(): void {
    this.#stale = undefined;
  }

  order(): BlockOrder {
    if (this.#stale === undefined) this.#load();
    else this.#renew([...this.#stale]);
    this.#stale = new Set();
    return this.#order;
  }

  #space(): PoolSpace | undefined {
    return this.#world.spaces.view(`${this.#namespace}/${this.#name}`)?.space;
  }

  #load(): void {
    const space = this.#space();
    const blocks = this.#world.subnets
      .byIndex(POOL_REF_INDEX, `${this.#namespace}/${this.#name}`)
      .flatMap((subnet) => {
        const prefix = prefixOf(subnet, space);
        return prefix === undefined ? [] : [{ key: subnet.metadata.name, prefix, subnet }];
      });
    const overlapping = overlappingKeys(blocks.filter(({ subnet }) => isLive(subnet)));
    this.#order.load(blocks.map(({ key, prefix, subnet }) => entryOf(subnet, prefix, overlapping.has(key))));
  }

  /** These Subnets, and those that overlap them or did. */
  #renew(names: readonly string[]): void {
    // All of them first: one that is renewed because it overlaps another one has its new place from then on.
    const before = names.map((name) => this.#order.get(name)?.prefix);
    const after = names.map((name) => this.#put(name));
    const space = this.#space();
    if (space === undefined) return;
    for (const prefix of [...before, ...after]) {
      if (prefix === undefined) continue;
      for (const { owner } of space.overlappingOwners(prefix)) if (isSubnetName(owner)) this.#put(owner);
    }
  }

  /** Its block; undefined: it has none in this pool. */
  #put(name: string): Prefix | undefined {
    const subnet = this.#world.subnets.get(this.#namespace, name);
    const space = this.#space();
    const prefix = subnet?.spec.poolRef === this.#name ? prefixOf(subnet, space) : undefined;
    if (subnet === undefined || prefix === undefined) {
      this.#order.delete(name);
      return undefined;
    }
    const isOverlapping = isLive(subnet) && space !== undefined && hasRival(space, prefix, name);
    this.#order.set(entryOf(subnet, prefix, isOverlapping));
    return prefix;
  }
}

/** As the engine has it, without parsing it again. What is not inside the pool has no place in its lane. */
function prefixOf(subnet: Subnet, space: PoolSpace | undefined): Prefix | undefined {
  if (space === undefined) return undefined;
  const known = space.prefixOf(subnet.metadata.name);
  const read = known === undefined ? readSubnetBlock(subnet) : undefined;
  const prefix = known ?? (read?.ok ? read.value : undefined);
  return prefix !== undefined && contains(space.cidr, prefix) ? prefix : undefined;
}
