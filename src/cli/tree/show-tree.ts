/** Reads the pools and prints them as a tree. */
import { SUBNET_POOLS, type SubnetPool } from "../../api/index.ts";
import { listAll } from "../../client/index.ts";
import { withCluster } from "../cluster-access.ts";
import { CommandFailure } from "../failure.ts";
import { print } from "../output.ts";
import { childrenByParent, poolTree, ROOT } from "../screen/pool-tree.ts";
import { type Line, styled } from "../screen/text.ts";
import type { TreeOptions } from "../tree.ts";

/** @throws CommandFailure when there is no pool. */
export async function showTree(options: TreeOptions): Promise<void> {
  const { output, namespace: only, depth = Number.POSITIVE_INFINITY } = options;
  const items = await withCluster(
    options,
    async ({ client, scope }) => (await listAll(client, SUBNET_POOLS, scope)).items,
  );
  if (items.length === 0 && output === "table") {
    const where = only === undefined ? "" : ` in namespace ${only}: -A looks in all`;
    throw new CommandFailure(`there is no SubnetPool${where}.`);
  }
  const groups = [...Map.groupBy(items, ({ metadata }) => metadata.namespace ?? "")].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  print(output, {
    lines: () => groups.flatMap(([namespace, pools]) => section(namespace, pools, groups.length, depth)),
    data: () => groups.map(([namespace, pools]) => ({ namespace, pools: forest(pools, depth) })),
  });
}

function section(namespace: string, pools: readonly SubnetPool[], sections: number, depth: number): Line[] {
  const tree = poolTree(pools, { bars: process.stdout.isTTY === true, depth });
  return sections === 1 ? tree : [[styled(`namespace ${namespace}`, "accent")], ...tree];
}

/** A pool as `--output json` shows it. */
interface PoolNode {
  readonly name: string;
  readonly cidr: string;
  readonly allocatedCount: number | undefined;
  readonly freeCount: number | undefined;
  readonly freeCountBySize: Readonly<Record<string, number>> | undefined;
  readonly utilizationPercent: number | undefined;
  readonly children: readonly PoolNode[];
}

export function forest(pools: readonly SubnetPool[], depth = Number.POSITIVE_INFINITY): PoolNode[] {
  const children = childrenByParent(pools);
  const nodesBelow = (name: string, level: number): PoolNode[] =>
    level > depth
      ? []
      : (children.get(name) ?? []).map(({ metadata, spec, status }) => ({
          name: metadata.name,
          cidr: spec.cidr,
          allocatedCount: status?.allocatedCount,
          freeCount: status?.freeCount,
          freeCountBySize: status?.freeCountBySize,
          utilizationPercent: status?.utilizationPercent,
          children: nodesBelow(metadata.name, level + 1),
        }));
  return nodesBelow(ROOT, 1);
}
