/** The controller of SubnetClaims: its triggers, its snapshot, and the blocks that it holds while they are being written. */
import {
  BLOCK_LABEL,
  BLOCK_LIFE_LABEL,
  BLOCK_OWNER_LABEL,
  claimNameOf,
  isLive,
  recordOf,
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
} from "../../api/index.ts";
import { equals, formatPrefix, overlaps, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { formatTime } from "../../kernel/index.ts";
import {
  type CacheDelta,
  type CacheReader,
  type Decision,
  keyOf,
  type Mapper,
  type Predicate,
  type Reconcile,
  type Route,
  request,
  route,
  specChanged,
  toSelf,
  type WriteObserver,
} from "../../runtime/index.ts";
import { decideClaim } from "../decide/claim.ts";
import { settled } from "../decide/decision.ts";
import { dueBlockOf } from "../model/block-record.ts";
import { isMine } from "../model/claim-subnet.ts";
import { holderOf } from "../model/holder.ts";
import { CLAIM_INDEX, IDENTITY_INDEX, identityKey } from "../model/indexes.ts";
import { subnetNameFor } from "../model/subnet-name.ts";
import { subnetsOf } from "../view/claim-subnets.ts";
import type { OperatorWorld } from "../view/world.ts";
import { boundChanged } from "./triggers.ts";

const RECORD_LABELS = [BLOCK_LABEL, BLOCK_OWNER_LABEL, BLOCK_LIFE_LABEL];

function claimOf(subnet: Subnet | undefined) {
  return request(subnet?.metadata.namespace, subnet?.spec.claimRef?.name);
}

/** The claims that the Subnet served before and serves now. */
export const toClaims: Mapper<Subnet> = (delta: CacheDelta<Subnet>) => [
  claimOf(delta.old),
  claimOf(delta.new),
];

/** A new Subnet without a phase is not decided yet; its decision triggers a reconcile. */
const tellsSomething: Predicate<Subnet> = (delta) =>
  delta.type !== "added" || delta.new.status?.phase !== undefined;

/** The status of a Bound claim matches its Subnet: usually, this controller has just written it. */
function saysTheTruth({ metadata, status }: SubnetClaim, subnets: CacheReader<Subnet>): boolean {
  const { name = "", uid } = status?.subnetRef ?? {};
  const subnet = subnets.get(metadata.namespace, name);
  return (
    status?.phase === "Bound" &&
    status.observedGeneration === metadata.generation &&
    status.conditions?.find(({ type }) => type === "Ready")?.status === "True" &&
    subnet?.metadata.uid === uid &&
    subnet?.spec.cidr === status.allocatedCIDR &&
    subnet?.spec.claimRef?.uid === metadata.uid &&
    subnet?.status?.phase === "Allocated"
  );
}

/** The labels that record its block: written by this controller, and possibly by a user. */
const recordChanged: Predicate<SubnetClaim> = (delta) =>
  delta.type === "updated" &&
  RECORD_LABELS.some((label) => delta.old.metadata.labels?.[label] !== delta.new.metadata.labels?.[label]);

export function claimRoutes(subnets: CacheReader<Subnet>): readonly Route[] {
  const boundFalsely: Predicate<SubnetClaim> = (delta) =>
    boundChanged(delta) && !(delta.new !== undefined && saysTheTruth(delta.new, subnets));
  return [
    route(SUBNET_CLAIMS, specChanged, toSelf),
    route(SUBNET_CLAIMS, boundFalsely, toSelf),
    route(SUBNET_CLAIMS, recordChanged, toSelf),
    route(SUBNETS, tellsSomething, toClaims),
  ];
}

export function claimReconciler(world: OperatorWorld): Reconcile {
  return ({ namespace, name }) => {
    const claim = world.claims.get(namespace, name);
    return claim === undefined ? settled("the claim is gone") : claimDecision(world, claim);
  };
}

/** Also of a claim that does not exist: what would be decided if it did. */
export function claimDecision(world: OperatorWorld, claim: SubnetClaim): Decision {
  const { claims, clock } = world;
  const { namespace, name } = claim.metadata;
  const { poolRef, clusterID, purpose } = claim.spec;
  const subnetName = subnetNameFor(poolRef, clusterID, purpose);
  return decideClaim({
    claim,
    pool: world.poolState(namespace, poolRef),
    subnetName,
    ...subnetsOf(world, claim, subnetName),
    holder: claims
      .byIndex(IDENTITY_INDEX, identityKey(namespace, claim.spec))
      .find((other) => other.metadata.name !== name && other.status?.allocatedCIDR !== undefined),
    released: world.released.ofClaim(claim),
    conflictingClaims: (block) => conflictingClaims(world, claim, block),
    restsUntil: (subnet) => world.restsUntil(namespace, subnet),
    freedLengths: () => world.freedLengths(keyOf({ namespace, name: poolRef })),
    nowText: formatTime(clock.now()),
  });
}

/**
 * The other claims that are due a part of the block. What a claim is due is held in the view of the pool by the claim, or by a Subnet that
 * serves it.
 */
function conflictingClaims({ spaces, subnets, claims }: OperatorWorld, claim: SubnetClaim, block: Prefix) {
  const { namespace, name } = claim.metadata;
  const space = spaces.view(keyOf({ namespace, name: claim.spec.poolRef }))?.space;
  const names = new Set<string>();
  for (const { owner } of space?.occupants(block) ?? []) {
    const holder = holderOf(owner);
    const subnet = holder.kind === "Subnet" ? subnets.get(namespace, holder.name) : undefined;
    const claimName = holder.kind === "SubnetClaim" ? holder.name : subnet && claimNameOf(subnet);
    if (claimName !== undefined && claimName !== name) names.add(claimName);
  }
  return [...names].flatMap((other) => {
    const conflict = claims.get(namespace, other);
    if (conflict === undefined || conflict.spec.poolRef !== claim.spec.poolRef) return [];
    const isDue = duesOf(conflict, subnets).some(
      (due) => due.family === block.family && overlaps(due, block),
    );
    return isDue ? [conflict] : [];
  });
}

/** Its status and its record count; if its own Subnet and record contradict the status, only the record. */
function duesOf(claim: SubnetClaim, subnets: OperatorWorld["subnets"]): readonly Prefix[] {
  const promised = dueBlockOf(claim);
  const recorded = recordOf(claim)?.block;
  if (promised === undefined || recorded === undefined || equals(promised, recorded))
    return [promised, recorded].filter((block) => block !== undefined);
  const { namespace, name } = claim.metadata;
  const text = formatPrefix(recorded);
  const isDenied = subnets
    .byIndex(CLAIM_INDEX, `${namespace}/${name}`)
    .some((subnet) => isMine(subnet, claim) && isLive(subnet) && subnet.spec.cidr === text);
  return isDenied ? [recorded] : [promised, recorded];
}

/**
 * Holds the block of a Subnet from the decision until its creation is seen, refused, or never was
 * (`docs/allocation-protocol.md#rule-1`). An unknown outcome keeps it held: the creation may still come back on the watch.
 */
export function blockHolder(world: OperatorWorld): WriteObserver {
  const { spaces } = world;
  const keyOfSubnet = (subnet: Subnet) =>
    keyOf({ namespace: subnet.metadata.namespace, name: subnet.metadata.name });
  return {
    beforeWrite(action) {
      if (action.do !== "create" || action.resource.kind !== SUBNETS.kind) return;
      const subnet = action.object as Subnet;
      const block = parsePrefix(subnet.spec.cidr);
      const poolKey = keyOf({ namespace: subnet.metadata.namespace, name: subnet.spec.poolRef });
      if (block.ok) spaces.hold(poolKey, keyOfSubnet(subnet), block.value);
    },
    afterWrite(action, outcome) {
      if (action.do !== "create" || action.resource.kind !== SUBNETS.kind) return;
      const key = keyOfSubnet(action.object as Subnet);
      if (outcome.result === "done") spaces.acknowledge(key, outcome.object?.metadata.resourceVersion);
      else if (outcome.result !== "unknown") spaces.releaseHold(key);
    },
  };
}
