/**
 * From two states of an object to what was decided in between. Pure: the same two states are the same
 * decisions, however often and by whichever process they are compared.
 */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../api/index.ts";
import { type Facts, type Observed, shortSettings } from "./facts.ts";

export type What =
  /** Of the record itself: it began, or something was not seen. */
  | "started"
  | "gap"
  | "created"
  /** The API server was restored from a backup, and has an object again that was gone. */
  | "restored"
  /** Of a pool or a claim: its spec. */
  | "changed"
  | "deleting"
  | "deleted"
  /** Of a Subnet. */
  | "allocated"
  | "kept"
  | "handed-over"
  | "failed"
  /** Of a claim. */
  | "bound"
  | "pending"
  | "refused";

/**
 * How a Subnet holds its block: for its claim, for the next claim of that identity, or resting on its way
 * out.
 */
export type Hold = "allocated" | "kept" | "resting";

export interface Decision {
  readonly what: What;
  /** RFC 3339; undefined: the API does not say when. */
  readonly at?: string | undefined;
  /** The field manager; undefined: the API does not say who. */
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
  /** Of a Subnet: how it holds its block from then on. */
  readonly hold?: Hold | undefined;
}

/** @param wasGone it was recorded as deleted before */
export function decisionsOf(
  before: Facts | undefined,
  after: Observed | undefined,
  wasGone = false,
): readonly Decision[] {
  if (after === undefined) return before === undefined ? [] : [{ what: "deleted" }];
  const { facts, by } = after;
  const born: Decision[] = [];
  if (before === undefined) {
    const at = wasGone ? undefined : facts.createdAt;
    born.push({ what: wasGone ? "restored" : "created", at, actor: by.spec?.manager });
  } else if (before.settings !== facts.settings && facts.settings !== undefined) {
    const { manager: actor, at } = by.spec ?? {};
    born.push({ what: "changed", at, actor, reason: shortSettings(facts.settings) });
  }
  const decided =
    facts.kind === SUBNETS.kind ? subnetDecisions(before, after) : claimDecisions(before, after);
  const going: Decision[] =
    facts.deletingAt !== undefined && before?.deletingAt === undefined
      ? [{ what: "deleting", at: facts.deletingAt, hold: holdOf(facts) }]
      : [];
  return [...born, ...decided, ...going];
}

/** Undefined: it holds no block that was decided on. */
export function holdOf({ kind, phase, deletingAt }: Facts): Hold | undefined {
  if (kind !== SUBNETS.kind || (phase !== "Allocated" && phase !== "Released")) return undefined;
  if (deletingAt !== undefined) return "resting";
  return phase === "Allocated" ? "allocated" : "kept";
}

const OF_PHASE: Readonly<Record<string, What>> = {
  Allocated: "allocated",
  Released: "kept",
  Failed: "failed",
  Pending: "pending",
};

function subnetDecisions(before: Facts | undefined, { facts, by }: Observed): Decision[] {
  const { phase = "Pending", deletingAt, reason } = facts;
  const was = before?.phase ?? "Pending";
  const isHandedOver = before !== undefined && before.claimUid !== facts.claimUid;
  // Before it was on its way out, if it is: the deletion is a decision of its own.
  const isNewlyDeleting = deletingAt !== undefined && before?.deletingAt === undefined;
  const hold = holdOf(isNewlyDeleting ? { ...facts, deletingAt: undefined } : facts);
  const found: Decision[] = [];
  if (isHandedOver) found.push({ what: "handed-over", at: by.spec?.at, actor: by.spec?.manager, hold });
  const what = OF_PHASE[phase];
  if (phase !== was && what !== undefined) {
    const at = facts.decidedAt ?? by.status?.at;
    found.push({ what, at, actor: by.status?.manager, hold, ...(what === "failed" && { reason }) });
  }
  return found;
}

const OF_CLAIM_PHASE: Readonly<Record<string, What>> = {
  Bound: "bound",
  Pending: "pending",
  Error: "refused",
};

/** What it waits for is a decision too; the words of the message are not. */
function claimDecisions(before: Facts | undefined, { facts, by }: Observed): Decision[] {
  const { kind, phase, reason, cidr } = facts;
  if (kind === SUBNET_POOLS.kind || phase === undefined) return [];
  const isSame = before?.phase === phase && before.reason === reason;
  const isSameBlock =
    kind === SUBNET_POOL_CLAIMS.kind || kind !== SUBNET_CLAIMS.kind || before?.cidr === cidr;
  if (isSame && isSameBlock) return [];
  const what = OF_CLAIM_PHASE[phase];
  if (what === undefined) return [];
  return [{ what, at: by.status?.at, actor: by.status?.manager, ...(phase !== "Bound" && { reason }) }];
}
