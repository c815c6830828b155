/**
 * Which block an identity had when its Subnet went: a claim that is deleted and made again (`kubectl replace --force`) gets
 * that one when it is still free. Kept in memory, for the newest releases: a convenience, and no promise.
 */
import { claimNameOf, isLive, type Subnet, type SubnetClaim } from "../../api/index.ts";
import { type Prefix, parsePrefix } from "../../ipam/index.ts";
import type { CacheDelta } from "../../runtime/index.ts";
import { backingClusterID, isBackingClusterID } from "../model/subnet-name.ts";

const MOST_REMEMBERED = 10_000;

export class ReleasedBlocks {
  /** The oldest first. */
  readonly #blocks = new Map<string, string>();

  apply({ type, old, new: current }: CacheDelta<Subnet>): void {
    if (type !== "deleted") {
      if (current.metadata.deletionTimestamp === undefined) this.#blocks.delete(keyOf(current));
      return;
    }
    const { clusterID } = old.spec;
    if (!isLive(old) || (claimNameOf(old) === undefined && !isBackingClusterID(clusterID))) return;
    const key = keyOf(old);
    this.#blocks.delete(key);
    this.#blocks.set(key, old.spec.cidr);
    if (this.#blocks.size > MOST_REMEMBERED) this.#blocks.delete(this.#blocks.keys().next().value as string);
  }

  ofClaim({ metadata, spec }: SubnetClaim): Prefix | undefined {
    return this.#find([metadata.namespace, spec.poolRef, spec.clusterID, spec.purpose ?? "", metadata.name]);
  }

  ofPoolClaim(namespace: string, parentName: string, name: string): Prefix | undefined {
    return this.#find([namespace, parentName, backingClusterID(name), "", ""]);
  }

  #find(parts: readonly (string | undefined)[]): Prefix | undefined {
    const text = this.#blocks.get(parts.join("/"));
    const parsed = text === undefined ? undefined : parsePrefix(text);
    return parsed?.ok ? parsed.value : undefined;
  }
}

function keyOf(subnet: Subnet): string {
  const { poolRef, clusterID, purpose = "" } = subnet.spec;
  return [subnet.metadata.namespace, poolRef, clusterID, purpose, claimNameOf(subnet) ?? ""].join("/");
}
