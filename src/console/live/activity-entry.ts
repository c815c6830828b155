/** From a change of an object to what was decided. Pure. */
import type { Subnet, SubnetPool } from "../../api/index.ts";
import { defined } from "../../kernel/index.ts";
import { childNamesIn, isBackingClusterID } from "../../operator/index.ts";
import type { ActivityEntry } from "../answers.ts";
import { readyReason } from "../fleet/block-state.ts";
import type { FleetDelta } from "../fleet/fleet.ts";
import { type AnyClaim, isBound, poolNameOf } from "../fleet/waiting.ts";

/** An entry that has no number and no time yet. */
export type ActivityDraft = Omit<ActivityEntry, "id" | "at">;

/** Undefined: nothing that people would look for. */
export function draftOf(change: FleetDelta): ActivityDraft | undefined {
  switch (change.kind) {
    case "Subnet":
      return subnetDraft(change.delta.old, change.delta.new);
    case "SubnetPool":
      return poolDraft(change.delta.old, change.delta.new);
    default:
      return claimDraft(change.delta.old, change.delta.new);
  }
}

export function subnetDraft(old: Subnet | undefined, current: Subnet | undefined): ActivityDraft | undefined {
  const subnet = current ?? old;
  if (subnet === undefined) return undefined;
  const { poolRef: pool, cidr, clusterID } = subnet.spec;
  const isBacking = isBackingClusterID(clusterID);
  const draft = (what: ActivityEntry["what"], sentence: string): ActivityDraft => ({
    kind: "Subnet",
    namespace: subnet.metadata.namespace,
    name: subnet.metadata.name,
    pool,
    cidr,
    ...(!isBacking && { cluster: clusterID }),
    what,
    sentence,
  });
  const [childPool] = childNamesIn(
    clusterID,
    () => true,
    () => [],
  );
  const whom = isBacking ? `child pool ${childPool}` : `cluster ${clusterID}`;
  const block = `${cidr} of pool ${pool}`;
  if (current === undefined) return draft("deleted", `${block} of ${whom} is free again.`);
  const phase = current.status?.phase;
  if (phase === old?.status?.phase) return undefined;
  switch (phase) {
    case "Allocated":
      return draft("allocated", `${block} was allocated to ${whom}.`);
    case "Released":
      return draft("released", `${block} was released by ${whom} and is kept.`);
    case "Failed":
      return draft(
        "failed",
        `${block} was not allocated to ${whom}: ${current.status?.message ?? "it failed"}.`,
      );
    default:
      return undefined;
  }
}

export function claimDraft(
  old: AnyClaim | undefined,
  current: AnyClaim | undefined,
): ActivityDraft | undefined {
  const claim = current ?? old;
  if (claim === undefined) return undefined;
  const { kind, metadata, spec, status } = claim;
  const pool = poolNameOf(claim);
  const cidr = status !== undefined && "allocatedCIDR" in status ? status.allocatedCIDR : undefined;
  const draft = (what: ActivityEntry["what"], sentence: string): ActivityDraft => ({
    kind: kind as "SubnetClaim",
    namespace: metadata.namespace,
    name: metadata.name,
    pool,
    ...defined({ cidr }),
    ...("clusterID" in spec && { cluster: spec.clusterID }),
    what,
    sentence,
  });
  const name = `${kind} ${metadata.name}`;
  if (current === undefined) return draft("deleted", `${name} of pool ${pool} was deleted.`);
  if (isBound(current)) {
    if (old !== undefined && isBound(old)) return undefined;
    return draft("bound", `${name} is Bound${cidr === undefined ? "" : ` to ${cidr}`} of pool ${pool}.`);
  }
  const reason = readyReason(current);
  if (reason === undefined) {
    return old === undefined ? draft("created", `${name} requests a block of pool ${pool}.`) : undefined;
  }
  if (old !== undefined && reason === readyReason(old)) return undefined;
  const why = status?.message === undefined ? reason : `${reason}: ${status.message}`;
  return draft("waits", `${name} waits for a block of pool ${pool} (${why}).`);
}

function poolDraft(old: SubnetPool | undefined, current: SubnetPool | undefined): ActivityDraft | undefined {
  const pool = current ?? old;
  if (pool === undefined) return undefined;
  const { namespace, name } = pool.metadata;
  const { cidr } = pool.spec;
  const draft = (what: ActivityEntry["what"], sentence: string): ActivityDraft => ({
    kind: "SubnetPool",
    namespace,
    name,
    pool: name,
    cidr,
    what,
    sentence,
  });
  if (current === undefined) return draft("deleted", `SubnetPool ${name} (${cidr}) was deleted.`);
  if (old === undefined) return draft("created", `SubnetPool ${name} with the range ${cidr} was created.`);
  if (old.spec.cidr === cidr) return undefined;
  return draft("changed", `The range of SubnetPool ${name} was changed from ${old.spec.cidr} to ${cidr}.`);
}
