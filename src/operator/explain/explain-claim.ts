/** Why a SubnetClaim or a SubnetPoolClaim is where it is, what it waits for, and what would help. */

import { SUBNET_CLAIMS, type SubnetClaim, type SubnetPoolClaim } from "../../api/index.ts";
import { formatPrefix } from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import { type Decision, request } from "../../runtime/index.ts";
import { claimReconciler } from "../controllers/claim.ts";
import { poolClaimReconciler } from "../controllers/pool-claim.ts";
import type { AnyClaim } from "../model/block-record.ts";
import { subnetNameFor } from "../model/subnet-name.ts";
import { subnetsOf } from "../view/claim-subnets.ts";
import type { OperatorWorld } from "../view/world.ts";
import { type Ask, askOf, type Part } from "./ask.ts";
import { explainBlock } from "./explain-block.ts";
import type { Explanation, PoolFacts } from "./explanation.ts";
import { freeByLength, listed } from "./surroundings.ts";
import { poolSentences, whyNot } from "./why-not.ts";

export function explainClaim(world: OperatorWorld, claim: AnyClaim): Explanation {
  const ask = askOf(world, claim);
  const { namespace } = ask;
  const isBound = claim.status?.phase === "Bound";
  const parts: Part[] = [
    { sentences: [headline(ask)] },
    ...(claim.metadata.deletionTimestamp === undefined ? [] : [explainDeletion(claim)]),
    ...(isBound ? [explainBound(world, ask)] : [explainOpenRequest(world, ask)]),
  ];
  const sentences = parts.flatMap((part) => part.sentences);
  return {
    kind: claim.kind,
    namespace,
    name: claim.metadata.name,
    state: claim.status?.phase ?? "Pending",
    ...defined({ reason: ask.reason }),
    pool: poolFacts(ask),
    ...Object.assign({}, ...parts),
    sentences,
  };
}

function poolFacts({ poolName: name, pool }: Ask): PoolFacts {
  if (pool.state !== "usable") return { name, state: pool.state };
  const { cidr, strategy } = pool.settings;
  return { name, state: "usable", cidr: formatPrefix(cidr), strategy, free: freeByLength(pool.space) };
}

function headline({ claim, poolName, length, exactly }: Ask): string {
  const subject = `${claim.kind} ${claim.metadata.name}`;
  const wanted =
    exactly !== undefined ? formatPrefix(exactly) : length === undefined ? "a block" : `a /${length}`;
  const forWhom =
    "clusterID" in claim.spec ? ` for cluster ${claim.spec.clusterID}` : " as a pool of its own";
  const phase = claim.status?.phase ?? "Pending";
  if (phase !== "Bound")
    return `${subject} requests ${wanted} of pool ${poolName}${forWhom}, and is not Bound.`;
  const block = claim.kind === SUBNET_CLAIMS.kind ? (claim as SubnetClaim).status?.allocatedCIDR : undefined;
  return block === undefined
    ? `${subject} is Bound: it asked for ${wanted} of pool ${poolName}${forWhom}.`
    : `${subject} is Bound: ${block} of pool ${poolName} is given to cluster ${(claim as SubnetClaim).spec.clusterID}.`;
}

function explainDeletion(claim: AnyClaim): Part {
  const finalizers = claim.metadata.finalizers ?? [];
  const waits = finalizers.length === 0 ? "" : `, and waits for ${listed(finalizers)}`;
  return { sentences: [`It is being deleted${waits}.`] };
}

// ── Bound ──────────────────────────────────────────────────────────────────────────────────────────────────

function explainBound(world: OperatorWorld, ask: Ask): Part {
  const { claim, namespace, poolName, pool, exactly } = ask;
  const isPoolClaim = "parentPoolRef" in claim.spec;
  const { boundPoolName = claim.metadata.name } = (claim as SubnetPoolClaim).status ?? {};
  const child = isPoolClaim ? world.pools.get(namespace, boundPoolName) : undefined;
  const subnet = isPoolClaim
    ? child && world.backingOf(child, poolName)
    : subnetOf(world, claim as SubnetClaim);
  if (subnet === undefined) {
    return {
      sentences: [
        "Its Subnet does not exist any more; the operator makes it again as soon as the block is free.",
      ],
    };
  }
  const through = `Subnet ${subnet.metadata.name} stands for it`;
  const first =
    child === undefined
      ? `${through}.`
      : `Its pool ${child.metadata.name} has the range ${child.spec.cidr}; ${through}.`;
  if (pool.state !== "usable") return { sentences: [first, ...poolSentences(ask)] };
  const block = explainBlock(world, {
    namespace,
    subnet: subnet.metadata.name,
    cidr: subnet.spec.cidr,
    isRequested: exactly !== undefined,
    settings: pool.settings,
    space: pool.space,
  });
  if (block === undefined) return { sentences: [first] };
  return { block: block.facts, sentences: [first, ...block.sentences] };
}

function subnetOf(world: OperatorWorld, claim: SubnetClaim) {
  return subnetsOf(world, claim, subnetNameFor(claim.spec.poolRef, claim.spec.clusterID, claim.spec.purpose))
    .subnet;
}

// ── not Bound ──────────────────────────────────────────────────────────────────────────────────────────────

function explainOpenRequest(world: OperatorWorld, ask: Ask): Part {
  const { claim, reason } = ask;
  const message = claim.status?.message;
  const isCurrent = claim.status?.observedGeneration === claim.metadata.generation;
  if (reason === undefined || !isCurrent) {
    return { sentences: ["The operator has not decided it yet: is it running?"] };
  }
  const said = `Its reason is ${reason}: ${message ?? "there is no message"}.`;
  const fresh = decideAfresh(world, claim);
  if (wouldTakeBlock(fresh)) {
    const now = `It could be fulfilled now (it ${fresh.message}): is the operator running?`;
    return { sentences: [said, now] };
  }
  const part = whyNot(world, ask);
  return { ...part, sentences: [said, ...part.sentences] };
}

/** What the operator would do about the claim had it just started. */
function decideAfresh(world: OperatorWorld, claim: AnyClaim): Decision {
  const target = request(claim.metadata.namespace, claim.metadata.name);
  const reconcile = "parentPoolRef" in claim.spec ? poolClaimReconciler(world) : claimReconciler(world);
  if (target === undefined) return { verdict: "settled", actions: [], message: "it has no name" };
  return reconcile(target);
}

function wouldTakeBlock({ actions }: Decision): boolean {
  return actions.some(({ do: what }) => what === "create");
}
