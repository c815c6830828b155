/**
 * What would become of claims that do not exist yet: which block each would get, or why none. Pure. The
 * answer is what the operator's own decisions come to, one claim after the other (`simulation.ts`).
 *
 * Not known here is what only the running operator remembers: a claim that was deleted of late and is created
 * again under its name gets its block back when that is free.
 */
import {
  API_VERSION,
  recordOf,
  SUBNET_CLAIMS,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../../api/index.ts";
import { formatPrefix } from "../../../ipam/index.ts";
import { compareText, defined } from "../../../kernel/index.ts";
import { equalJson } from "../../../kube/index.ts";
import type { FleetObjects } from "../../check/fleet-objects.ts";
import type { AnyClaim } from "../../model/block-record.ts";
import type { OperatorWorld } from "../../view/world.ts";
import { explainClaim } from "../explain/explain-claim.ts";
import { alignedBlock } from "./aligned.ts";
import { type PoolUse, poolUse } from "./pool-use.ts";
import { Simulation } from "./simulation.ts";

/** A claim as it would be created: a UID, a status and what else the API sets are ignored. */
export interface ClaimToTry {
  readonly kind: "SubnetClaim" | "SubnetPoolClaim";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: SubnetClaim["spec"] | SubnetPoolClaim["spec"];
  /** The block is to begin where a block of this length begins. Default: any of its own size. */
  readonly align?: number;
}

/**
 * - `allocated`: it would get `cidr`.
 * - `existing`: a claim of this name and spec exists; what it has is in `cidr`, and why it has nothing in
 *   `message`.
 * - `refused`: it would get nothing now.
 */
export type Outcome = "allocated" | "existing" | "refused";

export interface WhatIf {
  readonly kind: ClaimToTry["kind"];
  readonly namespace: string;
  readonly name: string;
  readonly pool: string;
  readonly outcome: Outcome;
  readonly cidr?: string;
  /** Of the claim's condition Ready, or `AlreadyExists`. */
  readonly reason?: string;
  /** Why not, and what would help. */
  readonly message?: string;
  /** As `explain` reports of a claim that waits: what blocks it, and what would make room. */
  readonly sentences: readonly string[];
  /** Of the pool, as this claim finds it and as it leaves it. Absent: there is no such pool. */
  readonly before?: PoolUse;
  readonly after?: PoolUse;
}

export interface WhatIfs {
  /** In the order of the claims. */
  readonly answers: readonly WhatIf[];
  /**
   * Existing claims that the operator has not decided yet, and would serve first: `SubnetClaim fleet/web`.
   */
  readonly servedFirst: readonly string[];
}

/**
 * @param fleet all objects of the namespaces of the claims, of one moment. It is not changed.
 * @param nowMs milliseconds since the epoch, by which is judged what rests
 */
export function whatIf(fleet: FleetObjects, claims: readonly ClaimToTry[], nowMs: number): WhatIfs {
  const simulation = new Simulation(fleet, nowMs);
  const servedFirst = serveWaiting(simulation, fleet);
  const tried = claims.map((claim) => tryOne(simulation, claim));
  // A claim may have waited for a pool that a later one of these made.
  const explained: Explained = new Map();
  return { answers: tried.map((answer) => complete(simulation.world, answer, explained)), servedFirst };
}

/** Those that wait for space have been decided: the operator would serve them, too, if they could be. */
function serveWaiting(simulation: Simulation, { claims, poolClaims, subnets }: FleetObjects): string[] {
  const waiting = [...poolClaims, ...claims]
    .filter(({ status, metadata }) => status?.phase !== "Bound" && metadata.deletionTimestamp === undefined)
    .toSorted(byAge);
  const undecided = subnets.filter(({ status }) => status?.phase === undefined).toSorted(byAge);
  for (const object of [...undecided, ...waiting]) simulation.enqueue(object);
  simulation.settle();
  return waiting
    .filter((claim) => heldBlock(simulation.world, claim) !== undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
}

function byAge(a: AnyClaim | FleetObjects["subnets"][number], b: typeof a): number {
  return (
    compareText(a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? "") ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

function tryOne(simulation: Simulation, claim: ClaimToTry): WhatIf {
  const { world } = simulation;
  const { kind, metadata, spec } = claim;
  const { name, namespace } = metadata;
  const pool = "poolRef" in spec ? spec.poolRef : spec.parentPoolRef;
  const base = { kind, namespace, name, pool, sentences: [] };
  const before = poolUse(world, namespace, pool);
  const use = before === undefined ? {} : { before, after: before };
  const existing = find(world, claim);
  if (existing !== undefined) {
    if (equalJson(existing.spec, spec)) return { ...base, outcome: "existing", ...use };
    const message = `a ${kind} ${name} exists with another spec: use another name, or delete that one`;
    return { ...base, outcome: "refused", reason: "AlreadyExists", message, ...use };
  }
  const placed = withAlignment(world, claim, pool);
  if (typeof placed === "string")
    return { ...base, outcome: "refused", reason: "PoolExhausted", message: placed, ...use };
  simulation.create({ apiVersion: API_VERSION, kind, metadata, spec: placed } as AnyClaim);
  simulation.settle();
  const after = poolUse(world, namespace, pool);
  return {
    ...base,
    outcome: "refused",
    ...defined({ before, after }),
  };
}

/** The spec, with the block where only some will do; or why there is none. */
function withAlignment(
  world: OperatorWorld,
  { metadata, spec, align }: ClaimToTry,
  poolName: string,
): ClaimToTry["spec"] | string {
  const pool = world.poolState(metadata.namespace, poolName);
  if (align === undefined || spec.requestedCIDR !== undefined || pool.state !== "usable") return spec;
  const length = ("poolRef" in spec ? spec.blockSize : spec.desiredBlockSize) ?? pool.settings.defaultLength;
  if (align >= length) return spec;
  const block = alignedBlock(pool.space, length, align, pool.settings.strategy);
  if (block === undefined)
    return `pool ${poolName} has no free /${length} that begins where a /${align} begins: release a block, or align it less`;
  if (!("poolRef" in spec)) return { ...spec, requestedCIDR: block };
  const { blockSize: _, ...rest } = spec;
  return { ...rest, requestedCIDR: block };
}

/** What became of it in the end. */
function complete(world: OperatorWorld, answer: WhatIf, explained: Explained): WhatIf {
  const claim = find(world, { kind: answer.kind, metadata: answer });
  if (answer.reason !== undefined || claim === undefined) return answer;
  const cidr = heldBlock(world, claim);
  const isExisting = answer.outcome === "existing";
  if (cidr !== undefined) return { ...answer, outcome: isExisting ? "existing" : "allocated", cidr };
  const reason = claim.status?.conditions?.find(({ type }) => type === "Ready")?.reason;
  return {
    ...answer,
    ...defined({ reason }),
    message: claim.status?.message ?? "it is not decided yet",
    sentences: explanationOf(world, claim, reason, explained),
  };
}

/** Sentences by what they depend on. */
type Explained = Map<string, readonly string[]>;

/** What would make room costs a walk through the pool, and is the same for all that want a block of one size of it. */
function explanationOf(
  world: OperatorWorld,
  claim: AnyClaim,
  reason: string | undefined,
  explained: Explained,
): readonly string[] {
  const { kind, metadata, spec } = claim;
  const length = "poolRef" in spec ? spec.blockSize : spec.desiredBlockSize;
  const pool = "poolRef" in spec ? spec.poolRef : spec.parentPoolRef;
  const isShared = reason === "PoolExhausted" && spec.requestedCIDR === undefined;
  const key = JSON.stringify([kind, metadata.namespace, pool, length]);
  const known = isShared ? explained.get(key) : undefined;
  if (known !== undefined) return known;
  const [, , ...sentences] = explainClaim(world, claim).sentences;
  if (isShared) explained.set(key, sentences);
  return sentences;
}

function find(
  { claims, poolClaims }: OperatorWorld,
  {
    kind,
    metadata: { namespace, name },
  }: Pick<ClaimToTry, "kind"> & {
    readonly metadata: { readonly namespace: string; readonly name: string };
  },
): AnyClaim | undefined {
  return kind === SUBNET_CLAIMS.kind ? claims.get(namespace, name) : poolClaims.get(namespace, name);
}

function heldBlock(world: OperatorWorld, claim: AnyClaim): string | undefined {
  const { kind, metadata } = claim;
  const current = find(world, { kind: kind as ClaimToTry["kind"], metadata });
  if (current?.status?.phase !== "Bound") return undefined;
  if ("poolRef" in current.spec) return (current as SubnetClaim).status?.allocatedCIDR;
  const { boundPoolName = metadata.name } = (current as SubnetPoolClaim).status ?? {};
  const range = world.pools.get(metadata.namespace, boundPoolName)?.spec.cidr;
  const record = recordOf(current)?.block;
  return range ?? (record && formatPrefix(record));
}
