/**
 * What is held of a pool without a live Subnet of that pool (`docs/design/0009`, "What is promised is held"):
 *
 * - the block that a claim was promised or remembers, or asks for now, while it has no live Subnet of it;
 * - the range that a SubnetPoolClaim without a pool remembers or asks for, where no Subnet of the parent stands for it;
 * - each part of a child pool's range in which something lives, while no Subnet of the parent stands for it;
 * - what lies in no pool of its own, since that is gone or was moved from under it, in every pool of the namespace that
 *   it lies in: the block of a Subnet, or of a claim that has none.
 *
 * Fed after {@link PoolSpaces}, by the same deltas. Each holder is read again when it has changed.
 */

import {
  claimNameOf,
  isLive,
  isOfThisLife,
  lifeOf,
  parentNameOf,
  readSubnetBlock,
  recordOf,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import {
  contains,
  equals,
  formatPrefix,
  overlaps,
  type Prefix,
  parsePrefix,
  remainderOf,
} from "../../ipam/index.ts";
import { type CacheDelta, type CacheReader, keyOf } from "../../runtime/index.ts";
import { dueBlockOf } from "../model/block-record.ts";
import { holderName, holderOf, isSubnetName } from "../model/holder.ts";
import { BACKING_INDEX, CLAIM_INDEX, PARENT_INDEX, POOL_REF_INDEX } from "../model/indexes.ts";
import { backingClusterID, childNamesIn, isBackingClusterID } from "../model/subnet-name.ts";
import type { PoolSpaces } from "./pool-spaces.ts";

export interface PromiseSources {
  readonly pools: CacheReader<SubnetPool>;
  readonly subnets: CacheReader<Subnet>;
  readonly claims: CacheReader<SubnetClaim>;
  readonly poolClaims: CacheReader<SubnetPoolClaim>;
  readonly spaces: PoolSpaces;
}

/** Pool key and block, by owner. */
type Wanted = ReadonlyMap<string, { readonly poolKey: string; readonly prefix: Prefix }>;
const NOTHING: Wanted = new Map();

export class Promises {
  readonly #sources: PromiseSources;
  /** What is held now, by the holder's key. */
  readonly #held = new Map<string, Wanted>();
  /** Pools with a parent, a part of whose range no Subnet stands for. */
  readonly #incomplete = new Set<string>();
  /** Namespace → names of Subnets whose pool is gone, or ranges elsewhere. */
  readonly #orphans = new Map<string, Set<string>>();
  /** Namespace → names of claims that were promised a block, have no Subnet of it, and no pool around it. */
  readonly #orphanClaims = new Map<string, Set<string>>();
  /** Whether orphans are known: none can be determined before all pools are known. */
  #knowsPools = false;

  constructor(sources: PromiseSources) {
    this.#sources = sources;
  }

  applyClaim({ old, new: current }: CacheDelta<SubnetClaim>): void {
    const same =
      old !== undefined &&
      current !== undefined &&
      old.spec === current.spec &&
      old.metadata.labels === current.metadata.labels &&
      old.status?.allocatedCIDR === current.status?.allocatedCIDR;
    const { namespace, name } = (current ?? (old as SubnetClaim)).metadata;
    if (!same) this.#lookAtClaim(namespace, name);
  }

  applyPoolClaim({ old, new: current }: CacheDelta<SubnetPoolClaim>): void {
    const { namespace, name } = (current ?? (old as SubnetPoolClaim)).metadata;
    this.#lookAtPoolClaim(namespace, name);
    // The claim for a missing pool determines its place: what waits for a hold of it is read again.
    if (old?.spec.parentPoolRef !== current?.spec.parentPoolRef) this.#holdOrphansAgain(namespace);
  }

  #holdOrphansAgain(namespace: string): void {
    for (const name of [...(this.#orphanClaims.get(namespace) ?? [])]) {
      this.#hold(`${namespace}/${holderName.claim(name)}`, NOTHING);
      this.#lookAtClaim(namespace, name);
    }
    for (const name of [...(this.#orphans.get(namespace) ?? [])]) {
      const subnet = this.#sources.subnets.get(namespace, name);
      this.#hold(`${namespace}/${holderName.orphan(name)}`, NOTHING);
      if (subnet !== undefined) this.#lookAtOrphan(subnet);
    }
  }

  applyPool({ old, new: current }: CacheDelta<SubnetPool>): void {
    const isSame =
      old !== undefined &&
      current !== undefined &&
      old.spec === current.spec &&
      old.metadata.deletionTimestamp === current.metadata.deletionTimestamp &&
      parentNameOf(old) === parentNameOf(current);
    if (isSame) return;
    const { namespace, name } = (current ?? (old as SubnetPool)).metadata;
    if (!this.#knowsPools) {
      this.#knowsPools = true;
      for (const subnet of this.#sources.subnets.values()) this.#lookAtOrphan(subnet);
      for (const { metadata } of this.#sources.claims.values())
        this.#lookAtClaim(metadata.namespace, metadata.name);
    } else if (old?.spec.cidr !== current?.spec.cidr) {
      for (const subnet of this.#sources.subnets.byIndex(POOL_REF_INDEX, keyOf({ namespace, name })))
        this.#lookAtOrphan(subnet);
    }
    const isMoved = old?.spec.cidr !== current?.spec.cidr;
    for (const owner of isMoved ? [...this.#sources.spaces.promisedOwners(keyOf({ namespace, name }))] : []) {
      const holder = holderOf(owner);
      if (holder.kind === "SubnetClaim") this.#lookAtClaim(namespace, holder.name);
    }
    for (const claim of [...(this.#orphanClaims.get(namespace) ?? [])]) this.#lookAtClaim(namespace, claim);
    for (const orphan of [...(this.#orphans.get(namespace) ?? [])]) {
      const subnet = this.#sources.subnets.get(namespace, orphan);
      if (subnet !== undefined) this.#lookAtOrphan(subnet);
    }
    this.#lookAtPool(namespace, name);
    this.#lookAtPoolClaim(namespace, name);
  }

  applySubnet({ old, new: current }: CacheDelta<Subnet>): void {
    const isSame =
      old !== undefined &&
      current !== undefined &&
      old.spec === current.spec &&
      isLive(old) === isLive(current) &&
      wasGivenOut(old) === wasGivenOut(current);
    if (isSame) return;
    const { namespace } = (current ?? (old as Subnet)).metadata;
    for (const name of new Set([old, current].map((subnet) => subnet && claimNameOf(subnet))))
      if (name !== undefined) this.#lookAtClaim(namespace, name);
    this.#lookAtOrphan(current ?? (old as Subnet), current === undefined);
    for (const subnet of [old, current]) if (subnet !== undefined) this.#subnetOfChild(subnet);
  }

  /** The Subnet is behind a child pool, or lives in one. */
  #subnetOfChild({ metadata: { namespace }, spec }: Subnet): void {
    const { clusterID, poolRef } = spec;
    const { pools } = this.#sources;
    const children = () => pools.byIndex(PARENT_INDEX, `${namespace}/${poolRef}`);
    const names = childNamesIn(
      clusterID,
      (name) => pools.get(namespace, name) !== undefined,
      () => children().map(({ metadata }) => metadata.name),
    );
    for (const name of names) {
      this.#lookAtPool(namespace, name);
      this.#lookAtPoolClaim(namespace, name);
    }
    if (this.#incomplete.has(`${namespace}/${poolRef}`)) this.#lookAtPool(namespace, poolRef);
  }

  #lookAtClaim(namespace: string, name: string): void {
    const { claims, subnets } = this.#sources;
    const claim = claims.get(namespace, name);
    const due = claim && dueBlockOf(claim);
    const isShown =
      claim !== undefined &&
      due !== undefined &&
      subnets.byIndex(CLAIM_INDEX, `${namespace}/${name}`).some((subnet) => {
        if (!isLive(subnet) || subnet.spec.poolRef !== claim.spec.poolRef) return false;
        const block = readSubnetBlock(subnet);
        return block.ok && equals(block.value, due);
      });
    const owner = holderName.claim(name);
    const wanted = new Map<string, { poolKey: string; prefix: Prefix }>();
    let isOrphan = false;
    if (claim !== undefined && due !== undefined && !isShown) {
      const ownKey = `${namespace}/${claim.spec.poolRef}`;
      wanted.set(owner, { poolKey: ownKey, prefix: due });
      isOrphan = this.#knowsPools && !this.#liesIn(ownKey, due) && this.#isBelieved(claim, due);
      for (const poolKey of isOrphan ? this.#around(namespace, due) : [])
        if (poolKey !== ownKey) wanted.set(`${owner} ${poolKey}`, { poolKey, prefix: due });
    }
    mark(this.#orphanClaims, namespace, name, isOrphan);
    this.#hold(`${namespace}/${owner}`, wanted);
  }

  /** Of a pool that is there and ranges elsewhere, a backup may name any block at all: that disturbs no other pool. */
  #isBelieved(claim: SubnetClaim, due: Prefix): boolean {
    const { namespace } = claim.metadata;
    if (this.#sources.pools.get(namespace, claim.spec.poolRef) === undefined) return true;
    const record = recordOf(claim);
    return record !== undefined && equals(record.block, due) && record.life === lifeOf(claim);
  }

  #liesIn(poolKey: string, block: Prefix): boolean {
    const cidr = this.#rangeOf(poolKey);
    return cidr !== undefined && cidr.family === block.family && contains(cidr, block);
  }

  /** When all is listed, a pool may be known before it has been laid out. */
  #rangeOf(poolKey: string): Prefix | undefined {
    const space = this.#sources.spaces.view(poolKey)?.space;
    if (space !== undefined) return space.cidr;
    const slash = poolKey.indexOf("/");
    const pool = this.#sources.pools.get(poolKey.slice(0, slash), poolKey.slice(slash + 1));
    const parsed = pool && parsePrefix(pool.spec.cidr);
    return parsed?.ok ? parsed.value : undefined;
  }

  /** The pools of the namespace that the block lies in, wholly or in part. */
  #around(namespace: string, block: Prefix): string[] {
    return [...this.#sources.pools.values()].flatMap(({ metadata }) => {
      if (metadata.namespace !== namespace) return [];
      const poolKey = `${namespace}/${metadata.name}`;
      const cidr = this.#sources.spaces.view(poolKey)?.space?.cidr;
      return cidr !== undefined && cidr.family === block.family && overlaps(cidr, block) ? [poolKey] : [];
    });
  }

  #lookAtPoolClaim(namespace: string, name: string): void {
    const { poolClaims, pools } = this.#sources;
    const claim = poolClaims.get(namespace, name);
    const due = claim && recordOf(claim)?.block;
    const pool = pools.get(namespace, name);
    // Caches of two kinds lag independently: the Subnets of a pool that is being deleted may be gone before it.
    const isShown = pool !== undefined && pool.metadata.deletionTimestamp === undefined;
    const wanted = new Map<string, { poolKey: string; prefix: Prefix }>();
    if (claim !== undefined && due !== undefined && !isShown) {
      const { parentPoolRef } = claim.spec;
      for (const prefix of remainderOf(due, this.#blocksBehind(namespace, name, parentPoolRef)))
        wanted.set(holderName.poolClaim(name, formatPrefix(prefix)), {
          poolKey: `${namespace}/${parentPoolRef}`,
          prefix,
        });
    }
    this.#hold(`${namespace}/poolclaim/${name}`, wanted);
  }

  #lookAtPool(namespace: string, name: string): void {
    const { pools } = this.#sources;
    const pool = pools.get(namespace, name);
    const parentName = pool && parentNameOf(pool);
    const key = keyOf({ namespace, name });
    const pieces = parentName === undefined ? [] : this.#uncovered(namespace, name, parentName);
    if (pieces.length === 0) this.#incomplete.delete(key);
    else this.#incomplete.add(key);
    const wanted = new Map<string, { poolKey: string; prefix: Prefix }>();
    for (const prefix of pieces.filter((piece) => this.#isInhabited(namespace, name, piece)))
      wanted.set(holderName.pool(name, formatPrefix(prefix)), {
        poolKey: `${namespace}/${parentName}`,
        prefix,
      });
    this.#hold(`${namespace}/pool/${name}`, wanted);
  }

  #uncovered(namespace: string, name: string, parentName: string): readonly Prefix[] {
    const settings = this.#sources.spaces.view(`${namespace}/${name}`)?.settings;
    if (!settings?.ok) return [];
    return remainderOf(settings.value.cidr, this.#blocksBehind(namespace, name, parentName));
  }

  /** The blocks of the parent that live Subnets hold for the child pool. */
  #blocksBehind(namespace: string, name: string, parentName: string): readonly Prefix[] {
    return this.#sources.subnets
      .byIndex(BACKING_INDEX, `${namespace}/${backingClusterID(name)}`)
      .filter((subnet) => subnet.spec.poolRef === parentName && isLive(subnet))
      .flatMap((subnet) => {
        const block = readSubnetBlock(subnet);
        return block.ok ? [block.value] : [];
      });
  }

  /** What a claim has, and what is held of the pool; a Subnet that a user created there does not count before it is decided. */
  #isInhabited(namespace: string, name: string, piece: Prefix): boolean {
    const { spaces, subnets } = this.#sources;
    const space = spaces.view(`${namespace}/${name}`)?.space;
    for (const { owner } of space?.occupants(piece) ?? []) {
      if (!isSubnetName(owner)) return true;
      const subnet = subnets.get(namespace, owner);
      const phase = subnet?.status?.phase;
      if (phase === "Allocated" || phase === "Released") return true;
      if (subnet === undefined) continue;
      if (claimNameOf(subnet) !== undefined || isBackingClusterID(subnet.spec.clusterID)) return true;
    }
    return false;
  }

  #lookAtOrphan(subnet: Subnet, isGone = false): void {
    if (!this.#knowsPools) return;
    const { namespace, name } = subnet.metadata;
    const { poolRef } = subnet.spec;
    const block = !isGone && isLive(subnet) ? readSubnetBlock(subnet) : undefined;
    const ownKey = `${namespace}/${poolRef}`;
    const isThere = this.#sources.pools.get(namespace, poolRef) !== undefined;
    const isOrphan = block?.ok === true && !this.#liesIn(ownKey, block.value);
    // A block that was never allocated and is outside its existing pool affects no other pool.
    const orphan = isOrphan && (!isThere || wasGivenOut(subnet)) ? block.value : undefined;
    const wasOrphan = this.#orphans.get(namespace)?.has(name) === true;
    if (orphan === undefined && !wasOrphan) return;
    mark(this.#orphans, namespace, name, orphan !== undefined);
    const owner = isThere ? holderName.outsider(name, poolRef) : holderName.orphan(name);
    const wanted = new Map<string, { poolKey: string; prefix: Prefix }>();
    for (const poolKey of orphan === undefined ? [] : this.#around(namespace, orphan))
      if (poolKey !== ownKey && !this.#isBehind(subnet, namespace, poolKey))
        wanted.set(`${owner} ${poolKey}`, { poolKey, prefix: orphan as Prefix });
    this.#hold(`${namespace}/${holderName.orphan(name)}`, wanted);
  }

  /** Whether the Subnet stands for that pool, or one above it. */
  #isBehind({ spec }: Subnet, namespace: string, poolKey: string): boolean {
    if (!isBackingClusterID(spec.clusterID)) return false;
    const seen = new Set<string>();
    let name: string | undefined = poolKey.slice(namespace.length + 1);
    while (name !== undefined && !seen.has(name)) {
      if (backingClusterID(name) === spec.clusterID) return true;
      seen.add(name);
      const pool = this.#sources.pools.get(namespace, name);
      name = pool && parentNameOf(pool);
    }
    return false;
  }

  #hold(key: string, wanted: Wanted): void {
    const before = this.#held.get(key) ?? NOTHING;
    if (before.size === 0 && wanted.size === 0) return;
    // First of all: in pools that are each other's parents, what is placed now leads back to here.
    if (wanted.size === 0) this.#held.delete(key);
    else this.#held.set(key, wanted);
    for (const [owner, { poolKey }] of before) {
      const now = wanted.get(owner);
      if (now === undefined || now.poolKey !== poolKey) this.#place(poolKey, owner, undefined);
    }
    for (const [owner, { poolKey, prefix }] of wanted) {
      const old = before.get(owner);
      if (old === undefined || old.poolKey !== poolKey || !equals(old.prefix, prefix))
        this.#place(poolKey, owner, prefix);
    }
  }

  #place(poolKey: string, owner: string, prefix: Prefix | undefined): void {
    // The key of an orphan contains its pool, which is reported already.
    const name = owner.split(" ", 1)[0] as string;
    this.#sources.spaces.promise(poolKey, name, prefix);
    if (this.#incomplete.has(poolKey)) {
      const slash = poolKey.indexOf("/");
      this.#lookAtPool(poolKey.slice(0, slash), poolKey.slice(slash + 1));
    }
  }
}

function mark(of: Map<string, Set<string>>, namespace: string, name: string, isIn: boolean): void {
  const names = of.get(namespace);
  if (!isIn) names?.delete(name);
  else if (names === undefined) of.set(namespace, new Set([name]));
  else names.add(name);
}

function wasGivenOut(subnet: Subnet): boolean {
  const { phase, life } = subnet.status ?? {};
  return (phase === "Allocated" || phase === "Released") && (life === undefined || isOfThisLife(subnet));
}
