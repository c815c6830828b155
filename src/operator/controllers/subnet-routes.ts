/** What concerns a Subnet: itself, its claim when that goes, its pool when that retains from now on. */
import {
  isDecided,
  isLive,
  SUBNET_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
} from "../../api/index.ts";
import {
  type CacheDelta,
  type CacheReader,
  type Mapper,
  type Predicate,
  type Route,
  requestFor,
  route,
  toSelf,
} from "../../runtime/index.ts";
import { BACKING_INDEX, CLAIM_INDEX, POOL_REF_INDEX } from "../model/indexes.ts";
import { policyOf } from "../model/release-policy.ts";
import { backingClusterID } from "../model/subnet-name.ts";

/**
 * A new Subnet, a changed spec, and what somebody wrote otherwise than this controller leaves it (a status, or what the
 * Subnet needs to be given back as the pool says): it acts on everything that is not settled yet.
 */
const undecided: Predicate<Subnet> = (delta: CacheDelta<Subnet>) => {
  if (delta.new === undefined) return false;
  const { status, metadata } = delta.new;
  if (metadata.deletionTimestamp !== undefined) return true;
  const isSettled = status?.phase === "Allocated" && isDecided(delta.new);
  return !isSettled || delta.type === "added" || !isLive(delta.new) || releaseChanged(delta.old, delta.new);
};

/** No part of the generation. Of an object that the cache replaced, parts that say the same are the same. */
function releaseChanged(old: Subnet | undefined, { metadata }: Subnet): boolean {
  return (
    old?.metadata.finalizers !== metadata.finalizers ||
    old?.metadata.labels !== metadata.labels ||
    old?.metadata.ownerReferences !== metadata.ownerReferences
  );
}

/** It went, or another life of it came. */
const claimGoes: Predicate<SubnetClaim> = (delta) => delta.type !== "updated";

function toItsSubnets(subnets: CacheReader<Subnet>): Mapper<SubnetClaim> {
  return ({ old, new: current }) => {
    const { namespace = "", name } = (current ?? (old as SubnetClaim)).metadata;
    return subnets.byIndex(CLAIM_INDEX, `${namespace}/${name}`).map(requestFor);
  };
}

/** A child pool came or went: what is behind it stands, or may go. */
const poolComesOrGoes: Predicate<SubnetPool> = (delta) => delta.type !== "updated";

function toSubnetsBehind(subnets: CacheReader<Subnet>): Mapper<SubnetPool> {
  return ({ old, new: current }) => {
    const { namespace = "", name } = (current ?? (old as SubnetPool)).metadata;
    return subnets.byIndex(BACKING_INDEX, `${namespace}/${backingClusterID(name)}`).map(requestFor);
  };
}

/** What a Subnet must have to be given back as its pool says; a pool may come back otherwise than it went. Released ones wait for their pool by themselves. */
const policyChanged: Predicate<SubnetPool> = (delta) => {
  if (delta.type !== "updated") return delta.type === "added";
  const [before, now] = [policyOf(delta.old), policyOf(delta.new)];
  return before.retains !== now.retains || before.delayMs !== now.delayMs;
};

function toSubnets(subnets: CacheReader<Subnet>): Mapper<SubnetPool> {
  return ({ old }) =>
    subnets.byIndex(POOL_REF_INDEX, `${old?.metadata.namespace}/${old?.metadata.name}`).map(requestFor);
}

export function subnetRoutes(subnets: CacheReader<Subnet>): readonly Route[] {
  return [
    route(SUBNETS, undecided, toSelf),
    route(SUBNET_CLAIMS, claimGoes, toItsSubnets(subnets)),
    route(SUBNET_POOLS, poolComesOrGoes, toSubnetsBehind(subnets)),
    route(SUBNET_POOLS, policyChanged, toSubnets(subnets)),
  ];
}
