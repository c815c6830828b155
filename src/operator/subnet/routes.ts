/** What concerns a Subnet: itself, and its claim when that goes. */
import { isLive, SUBNET_CLAIMS, SUBNETS, type Subnet, type SubnetClaim } from "../../api/index.ts";
import {
  type CacheDelta,
  type Mapper,
  type Predicate,
  type Route,
  request,
  route,
  toSelf,
} from "../../runtime/index.ts";
import { subnetNameFor } from "../subnet-name.ts";

/**
 * A new Subnet, a changed spec, and a status that somebody wrote otherwise than this controller leaves it: it acts on
 * everything that is not settled yet.
 */
const undecided: Predicate<Subnet> = (delta: CacheDelta<Subnet>) => {
  if (delta.new === undefined) return false;
  const { status, metadata } = delta.new;
  const isDecided = status?.phase === "Allocated" && status.observedGeneration === metadata.generation;
  return !isDecided || delta.type === "added" || !isLive(delta.new);
};

const claimGoes: Predicate<SubnetClaim> = (delta) => delta.type === "deleted";

const toItsSubnet: Mapper<SubnetClaim> = (delta: CacheDelta<SubnetClaim>) => {
  const claim = delta.new ?? delta.old;
  return [
    request(claim?.metadata.namespace, subnetNameFor(claim?.spec.poolRef ?? "", claim?.spec.clusterID ?? "")),
  ];
};

export const subnetRoutes: readonly Route[] = [
  route(SUBNETS, undecided, toSelf),
  route(SUBNET_CLAIMS, claimGoes, toItsSubnet),
];
