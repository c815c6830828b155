/** Blocks that were released and are not free yet: those that rest, and those that are retained. Pure. */
import { SUBNET_POOLS, type Subnet, type SubnetPool } from "../../api/index.ts";
import { byAddress, type FoundBlock, findAll } from "../../operator/questions/index.ts";
import { type Line, styled, table } from "../screen/text.ts";

/** @param released the Subnets that are Released, of all namespaces */
export function keptBlocks(pools: readonly SubnetPool[], released: readonly Subnet[]): FoundBlock[] {
  const blocks = findAll({ pools, poolClaims: [], claims: [], subnets: released });
  return byAddress(blocks.filter(({ state }) => state === "kept" || state === "resting"));
}

export function keptTable(blocks: readonly FoundBlock[]): Line[] {
  return table(
    [
      { title: "RELEASED" },
      { title: "STATE" },
      { title: "POOL" },
      { title: "CLUSTER" },
      { title: "SINCE" },
      { title: "FREE AT" },
    ],
    blocks.map(({ cidr, state, pools, cluster, since, until }) => [
      [styled(cidr, "bold")],
      [styled(state, "warn")],
      [pools.at(-1) ?? `(no ${SUBNET_POOLS.kind})`],
      [cluster ?? ""],
      [since ?? ""],
      [until ?? (state === "kept" ? "when it is deleted" : "")],
    ]),
  );
}
