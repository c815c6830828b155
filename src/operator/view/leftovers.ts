/**
 * Undecided Subnets that are known to be of this life: made by this process, or there before their claim went. Of any other
 * one nobody can tell whether it was restored from a backup, and its claim with it, soon.
 */
import type { Subnet, SubnetClaim } from "../../api/index.ts";
import type { CacheDelta, CacheReader } from "../../runtime/index.ts";
import { CLAIM_INDEX } from "../indexes.ts";

/** A Subnet is decided within moments, as a rule. */
const MOST_KEPT = 10_000;

export class Leftovers {
  readonly #subnets: CacheReader<Subnet>;
  readonly #claims: CacheReader<SubnetClaim>;
  /** UIDs of Subnets, the oldest first. */
  readonly #made = new Set<string>();
  readonly #left = new Set<string>();

  constructor(subnets: CacheReader<Subnet>, claims: CacheReader<SubnetClaim>) {
    this.#subnets = subnets;
    this.#claims = claims;
  }

  /** To be told of each Subnet that this process made. */
  made(uid: string | undefined): void {
    add(this.#made, uid);
  }

  madeHere({ metadata }: Subnet): boolean {
    return this.#made.has(metadata.uid ?? "");
  }

  /** Whether nobody will ever come for it, once its claim is gone. */
  has(subnet: Subnet): boolean {
    return this.madeHere(subnet) || this.#left.has(subnet.metadata.uid ?? "");
  }

  /**
   * The watch has shown the claims as of the revision at which this one went: a Subnet of an earlier revision was there
   * before that, and is no restored one. After a list the order is not known.
   */
  claimGone(delta: CacheDelta<SubnetClaim>): void {
    if (delta.type !== "deleted" || delta.origin !== "watch") return;
    const { namespace = "", name, uid = "" } = delta.old.metadata;
    for (const { metadata, spec } of this.#subnets.byIndex(CLAIM_INDEX, `${namespace}/${name}`)) {
      const isOlder = this.#claims.hasSeen(metadata.resourceVersion ?? "", namespace);
      if (spec.claimRef?.uid === uid && isOlder) add(this.#left, metadata.uid);
    }
  }
}

function add(uids: Set<string>, uid = ""): void {
  uids.add(uid);
  if (uids.size > MOST_KEPT) uids.delete(uids.values().next().value as string);
}
