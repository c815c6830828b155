/** What concerns the life of a SubnetPool. What it waits for while it goes is said by its decision. */
import { parentNameOf, SUBNET_POOLS, SUBNETS, type Subnet, type SubnetPool } from "../../api/index.ts";
import {
  always,
  type Mapper,
  type Predicate,
  type Route,
  request,
  route,
  specChanged,
  toSelf,
} from "../../runtime/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import { finalizerTaken, ownersChanged, parentChanged } from "./triggers.ts";

/** What lived in a pool and has gone. */
const deleted: Predicate<Subnet> = (delta) => delta.type === "deleted";
const toPool: Mapper<Subnet> = ({ old }) => [request(old?.metadata.namespace, old?.spec.poolRef)];
const toParent: Mapper<SubnetPool> = ({ old }) => [old && request(old.metadata.namespace, parentNameOf(old))];
const poolDeleted: Predicate<SubnetPool> = (delta) => delta.type === "deleted";

/** The pools that a Subnet is behind, also through a claim of another operator. */
export function toPoolsBehind(world: BehindLookup): Mapper<Subnet> {
  return (delta) => {
    const { metadata, spec } = delta.new ?? delta.old;
    const { namespace = "" } = metadata;
    const names = world.poolNamesBehind(namespace, spec);
    const inner = names.length > 0 ? [] : world.poolsHeldThrough(namespace, spec);
    return [...names, ...inner.map((pool) => pool.metadata.name)].map((name) => request(namespace, name));
  };
}

export type BehindLookup = Pick<OperatorWorld, "poolNamesBehind" | "poolsHeldThrough">;

export const poolRoutes = (world: BehindLookup): readonly Route[] => [
  route(SUBNET_POOLS, specChanged, toSelf),
  route(SUBNET_POOLS, parentChanged, toSelf),
  route(SUBNET_POOLS, finalizerTaken, toSelf),
  route(SUBNET_POOLS, ownersChanged, toSelf),
  route(SUBNETS, always, toPoolsBehind(world)),
  route(SUBNETS, deleted, toPool),
  route(SUBNET_POOLS, poolDeleted, toParent),
];
