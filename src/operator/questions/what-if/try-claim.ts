/**
 * What the operator would decide about a claim that is created now, in the world as its caches show it. For one claim, at
 * once; `what-if.ts` tries several in turn, over objects that are given.
 */
import { recordOf, SUBNET_CLAIMS, type SubnetClaim, type SubnetClaimStatus } from "../../../api/index.ts";
import type { Prefix } from "../../../ipam/index.ts";
import { err, ok, type Result } from "../../../kernel/index.ts";
import { claimDecision } from "../../controllers/claim.ts";
import type { OperatorWorld } from "../../view/world.ts";

/** Of no object: the life of the claim begins with it. */
const TRIAL_UID = "00000000-0000-0000-0000-000000000000";

/** The block that it would get, or the message of its condition Ready. Nothing is changed. */
export function tryClaim(world: OperatorWorld, claim: SubnetClaim): Result<Prefix, string> {
  let created: SubnetClaim = { ...claim, metadata: { ...claim.metadata, uid: TRIAL_UID, generation: 1 } };
  let message = "the claim would wait";
  for (const action of claimDecision(world, created).actions) {
    if (!("resource" in action) || action.resource.kind !== SUBNET_CLAIMS.kind) continue;
    if (action.do === "patch") {
      const { labels } = (action.patch as { metadata: { labels: Record<string, string> } }).metadata;
      created = { ...created, metadata: { ...created.metadata, labels } };
    } else if (action.do === "patch-status") {
      const { conditions = [] } = action.status as SubnetClaimStatus;
      message = conditions.find(({ type }) => type === "Ready")?.message ?? message;
    }
  }
  const block = recordOf(created)?.block;
  return block === undefined ? err(message) : ok(block);
}
