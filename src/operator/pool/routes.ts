/** What concerns the life of a SubnetPool. What it waits for while it goes is said by its decision. */
import { parentNameOf, SUBNET_POOLS, SUBNETS, type Subnet, type SubnetPool } from "../../api/index.ts";
import {
  type CacheDelta,
  type Predicate,
  type Route,
  route,
  specChanged,
  toOwner,
  toSelf,
} from "../../runtime/index.ts";

const parentChanged: Predicate<SubnetPool> = (delta: CacheDelta<SubnetPool>) =>
  delta.type === "updated" && parentNameOf(delta.old) !== parentNameOf(delta.new);

/** Somebody deleted the Subnet by which a child pool holds its block. */
const deleted: Predicate<Subnet> = (delta) => delta.type === "deleted";

export const poolRoutes: readonly Route[] = [
  route(SUBNET_POOLS, specChanged, toSelf),
  route(SUBNET_POOLS, parentChanged, toSelf),
  route(SUBNETS, deleted, toOwner(SUBNET_POOLS)),
];
