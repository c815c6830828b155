/** What concerns a SubnetClaim. What would unblock a blocked one is said by its decision, not here. */
import {
  BLOCK_LABEL,
  BLOCK_LIFE_LABEL,
  BLOCK_OWNER_LABEL,
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
} from "../../api/index.ts";
import {
  type CacheDelta,
  type CacheReader,
  type Mapper,
  type Predicate,
  type Route,
  request,
  route,
  specChanged,
  toSelf,
} from "../../runtime/index.ts";
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

/** A new Subnet without a phase awaits its decision, and that will be told. */
const tellsSomething: Predicate<Subnet> = (delta) =>
  delta.type !== "added" || delta.new.status?.phase !== undefined;

/** What a Bound claim says is what its Subnet says: as a rule, what this controller has just written. */
function saysTheTruth({ metadata, status }: SubnetClaim, subnets: CacheReader<Subnet>): boolean {
  const { name = "", uid } = status?.subnetRef ?? {};
  const subnet = subnets.get(metadata.namespace ?? "", name);
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

/** The labels that record its block: written by this controller, and maybe by somebody else. */
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
