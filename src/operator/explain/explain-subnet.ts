/** Whom a Subnet serves, and why it holds its block, or does not. */
import { readSubnetBlock, type Subnet } from "../../api/index.ts";
import { defined } from "../../kernel/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import type { Explanation } from "./explanation.ts";
import {
  describeHolder,
  describeNeighbours,
  holderOf,
  holdersOf,
  listed,
  neighboursOf,
} from "./surroundings.ts";

export function explainSubnet(world: OperatorWorld, subnet: Subnet): Explanation {
  const { namespace, name } = subnet.metadata;
  const { poolRef, cidr, clusterID } = subnet.spec;
  const phase = subnet.status?.phase ?? "Pending";
  const pool = world.poolState(namespace, poolRef);
  const block = readSubnetBlock(subnet);
  const holder = holderOf(world, subnet);
  const space = pool.state === "usable" && block.ok ? pool.space : undefined;
  const conflicts =
    space === undefined || !block.ok
      ? []
      : space
          .overlappingOwners(block.value)
          .map(({ owner }) => owner)
          .filter((owner) => owner !== name);
  const blockers = holdersOf(world, namespace, conflicts);
  const neighbours =
    space === undefined || !block.ok ? [] : neighboursOf(world, namespace, space, block.value);
  const madeFor =
    holder.release === `Subnet ${name}` ? "It was made by hand." : `It stands for ${holder.release}.`;
  const message = subnet.status?.message;
  return {
    kind: subnet.kind,
    namespace,
    name,
    state: phase,
    pool: { name: poolRef, state: pool.state },
    ...defined({
      block: neighbours.length === 0 ? undefined : { cidr, subnet: name, neighbours },
      blockers: blockers.length === 0 ? undefined : blockers,
    }),
    sentences: [
      `Subnet ${name} is ${phase}: ${cidr} of pool ${poolRef}, for ${clusterID}.`,
      madeFor,
      ...(message === undefined ? [] : [`Its message is: ${message}.`]),
      ...(blockers.length === 0 ? [] : [`Its block overlaps ${listed(blockers.map(describeHolder))}.`]),
      ...(neighbours.length === 0 ? [] : [describeNeighbours(neighbours)]),
    ],
  };
}
