/** What concerns the life of a SubnetPool. What it waits for while it goes is said by its decision. */
import {
  parentNameOf,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetPool,
} from "../../api/index.ts";
import {
  always,
  type Mapper,
  type Predicate,
  type Route,
  request,
  route,
  specChanged,
  toOwner,
  toSelf,
} from "../../runtime/index.ts";
import { finalizerTaken, parentChanged } from "../predicates.ts";

/** What lived in a pool and has gone. */
const deleted: Predicate<Subnet> = (delta) => delta.type === "deleted";
const toPool: Mapper<Subnet> = ({ old }) => [request(old?.metadata.namespace, old?.spec.poolRef)];
const toParent: Mapper<SubnetPool> = ({ old }) => [old && request(old.metadata.namespace, parentNameOf(old))];
const poolDeleted: Predicate<SubnetPool> = (delta) => delta.type === "deleted";

export const poolRoutes: readonly Route[] = [
  route(SUBNET_POOLS, specChanged, toSelf),
  route(SUBNET_POOLS, parentChanged, toSelf),
  route(SUBNET_POOLS, finalizerTaken, toSelf),
  // By which it holds its range. The first one may belong to the claim of the same name that made it.
  route(SUBNETS, always, toOwner(SUBNET_POOLS)),
  route(SUBNETS, always, toOwner(SUBNET_POOL_CLAIMS)),
  route(SUBNETS, deleted, toPool),
  route(SUBNET_POOLS, poolDeleted, toParent),
];
