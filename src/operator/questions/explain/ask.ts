/** What a claim of either kind asks for, and of whom. */

import {
  readClaimRequest,
  readPoolClaimRequest,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../../api/index.ts";
import type { Prefix } from "../../../ipam/index.ts";
import type { AnyClaim } from "../../model/block-record.ts";
import type { PoolState } from "../../model/pool-state.ts";
import type { OperatorWorld } from "../../view/world.ts";
import type { Explanation } from "./explanation.ts";

/** What both kinds of claims have in common. */
export interface Ask {
  readonly claim: AnyClaim;
  readonly namespace: string;
  readonly poolName: string;
  readonly pool: PoolState;
  readonly reason: string | undefined;
  /** The requested length, as far as that is known. */
  readonly length: number | undefined;
  readonly exactly: Prefix | undefined;
}

/** What is added to an explanation, part by part. */
export type Part = Partial<Omit<Explanation, "sentences">> & { readonly sentences: readonly string[] };

export function askOf(world: OperatorWorld, claim: AnyClaim): Ask {
  const namespace = claim.metadata.namespace;
  const reason = claim.status?.conditions?.find(({ type }) => type === "Ready")?.reason;
  if ("parentPoolRef" in claim.spec) {
    const { parentPoolRef: poolName, desiredBlockSize } = claim.spec;
    const wanted = readPoolClaimRequest(claim as SubnetPoolClaim);
    const exactly = wanted.ok && wanted.value.want === "exactly" ? wanted.value.prefix : undefined;
    return {
      claim,
      namespace,
      poolName,
      pool: world.poolState(namespace, poolName),
      reason,
      length: exactly?.length ?? desiredBlockSize,
      exactly,
    };
  }
  const poolName = claim.spec.poolRef;
  const pool = world.poolState(namespace, poolName);
  const wanted = readClaimRequest(claim as SubnetClaim);
  const exactly = wanted.ok && wanted.value.want === "exactly" ? wanted.value.prefix : undefined;
  const usual = pool.state === "usable" ? pool.settings.defaultLength : undefined;
  const length = exactly?.length ?? claim.spec.blockSize ?? usual;
  return { claim, namespace, poolName, pool, reason, length, exactly };
}
