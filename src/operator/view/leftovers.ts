/**
 * Undecided Subnets whose claim went while they were there, or were being made: nobody's. One that comes after its claim has
 * gone is not of them: it may have been restored from a backup, and its claim with it, soon.
 */
import type { Subnet, SubnetClaim } from "../../api/index.ts";
import { type CacheDelta, type CacheReader, objectKey } from "../../runtime/index.ts";
import { CLAIM_INDEX } from "../indexes.ts";
import { subnetNameFor } from "../subnet-name.ts";
import type { PoolSpaces } from "./pool-spaces.ts";

/** What a claim left undecided is decided within moments, as a rule. */
const MOST_KEPT = 10_000;

export class Leftovers {
  readonly #subnets: CacheReader<Subnet>;
  readonly #spaces: Pick<PoolSpaces, "isBeingCreated">;
  /** UIDs of Subnets, the oldest first. */
  readonly #uids = new Set<string>();
  /** Subnet that was being made when its claim went → the claim's UID. */
  readonly #expected = new Map<string, string>();

  constructor(subnets: CacheReader<Subnet>, spaces: Pick<PoolSpaces, "isBeingCreated">) {
    this.#subnets = subnets;
    this.#spaces = spaces;
  }

  has({ metadata }: Subnet): boolean {
    return this.#uids.has(metadata.uid ?? "");
  }

  claimGone({ metadata, spec }: SubnetClaim): void {
    const { namespace = "", name, uid = "" } = metadata;
    for (const subnet of this.#subnets.byIndex(CLAIM_INDEX, `${namespace}/${name}`))
      if (subnet.spec.claimRef?.uid === uid) this.#add(subnet);
    const subnetKey = `${namespace}/${subnetNameFor(spec.poolRef, spec.clusterID, spec.purpose)}`;
    if (this.#spaces.isBeingCreated(subnetKey)) this.#expected.set(subnetKey, uid);
  }

  /** To be fed before the view of spaces, which forgets that a Subnet was being made when it comes. */
  apply(delta: CacheDelta<Subnet>): void {
    if (delta.type === "deleted") {
      this.#uids.delete(delta.old.metadata.uid ?? "");
      return;
    }
    const key = objectKey(delta.new);
    const uid = this.#expected.get(key);
    if (uid === undefined) return;
    this.#expected.delete(key);
    if (delta.new.spec.claimRef?.uid === uid) this.#add(delta.new);
  }

  #add({ metadata }: Subnet): void {
    this.#uids.add(metadata.uid ?? "");
    if (this.#uids.size > MOST_KEPT) this.#uids.delete(this.#uids.values().next().value as string);
  }
}
