/**
 * What of an object is remembered: the block, its holder, and how the operator decided. An object is reduced
 * to that as it comes, so that neither a list nor a backlog holds whole objects. Pure.
 */
import {
  isOfThisLife,
  type KubeObject,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../api/index.ts";
import { type Attribution, attributionOf } from "./attribution.ts";

/** The kinds that are followed, in the order in which their changes explain one another. */
export const FOLLOWED = [SUBNET_POOLS, SUBNET_POOL_CLAIMS, SUBNET_CLAIMS, SUBNETS] as const;

export interface Facts {
  readonly kind: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** `metadata.resourceVersion`. */
  readonly revision: string;
  /** `metadata.generation`. */
  readonly generation?: number | undefined;
  readonly createdAt?: string | undefined;
  /** `metadata.deletionTimestamp`. */
  readonly deletingAt?: string | undefined;
  /** The block of a Subnet, the allocated block of a claim, the range of a pool. */
  readonly cidr?: string | undefined;
  /** The pool of a Subnet or claim, the pool itself, the parent of a pool claim. */
  readonly pool?: string | undefined;
  readonly clusterID?: string | undefined;
  readonly purpose?: string | undefined;
  /** The claim that a Subnet serves, or the claim itself. */
  readonly claim?: string | undefined;
  readonly claimUid?: string | undefined;
  readonly phase?: string | undefined;
  /** Reason of the Ready condition, while it is not True. */
  readonly reason?: string | undefined;
  /** When the status was decided, where the status has that. */
  readonly decidedAt?: string | undefined;
  /** What of the spec may change, as text. */
  readonly settings?: string | undefined;
}

/** An object as the API showed it: its facts, and who wrote them. */
export interface Observed {
  readonly facts: Facts;
  readonly by: Attribution;
}

export function observe(object: KubeObject): Observed {
  return { facts: factsOf(object), by: attributionOf(object) };
}

function factsOf(object: KubeObject): Facts {
  const { metadata, kind } = object;
  const own = {
    kind,
    uid: metadata.uid ?? "",
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    revision: metadata.resourceVersion ?? "",
    generation: metadata.generation,
    createdAt: metadata.creationTimestamp,
    deletingAt: metadata.deletionTimestamp,
  };
  switch (kind) {
    case SUBNETS.kind:
      return { ...own, ...subnetFacts(object as Subnet) };
    case SUBNET_CLAIMS.kind:
      return { ...own, ...claimFacts(object as SubnetClaim) };
    case SUBNET_POOLS.kind:
      return { ...own, ...poolFacts(object as SubnetPool) };
    default:
      return { ...own, ...poolClaimFacts(object as SubnetPoolClaim) };
  }
}

function subnetFacts(subnet: Subnet): Partial<Facts> {
  const { spec, status } = subnet;
  // A status that was restored from a backup speaks of an earlier object; one of an earlier version names no
  // life.
  const own = status?.life === undefined || isOfThisLife(subnet) ? status : undefined;
  return {
    cidr: spec.cidr,
    pool: spec.poolRef,
    clusterID: spec.clusterID,
    purpose: spec.purpose,
    claim: spec.claimRef?.name,
    claimUid: spec.claimRef?.uid,
    phase: own?.phase,
    reason: troubleOf(own?.conditions),
    decidedAt: own?.phase === "Released" ? own.releasedAt : own?.allocatedAt,
  };
}

function claimFacts({ metadata, spec, status }: SubnetClaim): Partial<Facts> {
  const { poolRef, clusterID, purpose, blockSize, requestedCIDR } = spec;
  return {
    cidr: status?.allocatedCIDR,
    pool: poolRef,
    clusterID,
    purpose,
    claim: metadata.name,
    claimUid: metadata.uid,
    phase: status?.phase,
    reason: troubleOf(status?.conditions),
    settings: textOf({ poolRef, clusterID, purpose, blockSize, requestedCIDR }),
  };
}

function poolFacts({ metadata, spec }: SubnetPool): Partial<Facts> {
  return { cidr: spec.cidr, pool: metadata.name, settings: textOf(spec) };
}

function poolClaimFacts({ metadata, spec, status }: SubnetPoolClaim): Partial<Facts> {
  return {
    pool: spec.parentPoolRef,
    claim: metadata.name,
    claimUid: metadata.uid,
    phase: status?.phase,
    reason: troubleOf(status?.conditions),
    settings: textOf(spec),
  };
}

type Conditions = readonly { readonly type: string; readonly status: string; readonly reason: string }[];

function troubleOf(conditions: Conditions | undefined): string | undefined {
  const ready = conditions?.find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True" ? undefined : ready.reason;
}

/**
 * Characters of a spec that are remembered: a reserved list of a thousand ranges is known by its beginning.
 */
const LONGEST_SETTINGS = 1_000;

/** With its keys in order: two servers may order them differently. */
function textOf(spec: object): string {
  const sorted = Object.entries(spec)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

/** What fits into a row. */
export function shortSettings(settings: string): string {
  return settings.length <= LONGEST_SETTINGS ? settings : `${settings.slice(0, LONGEST_SETTINGS)}…`;
}
