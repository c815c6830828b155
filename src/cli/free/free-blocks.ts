/** Reads a pool, and prints what is free in it. */
import { SUBNET_POOLS } from "../../api/index.ts";
import { counted } from "../../kernel/index.ts";
import { type FreeInPool, findFree } from "../../operator/questions/index.ts";
import { withCluster } from "../cluster-access.ts";
import type { ConnectionOptions, ListOutputOptions } from "../command-options.ts";
import { CommandFailure } from "../failure.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { hintAtNamespace } from "../other-namespaces.ts";
import { printList } from "../output.ts";
import { type Line, styled } from "../screen/text.ts";

export interface FreeOptions extends ConnectionOptions, ListOutputOptions {
  readonly size?: number;
  readonly limit: number;
}

/** @throws CommandFailure when there is no such pool, or it has no valid range. */
export async function freeBlocks(name: string, options: FreeOptions): Promise<void> {
  const free = await withCluster(options, async ({ client, namespace }) => {
    const found = findFree(await readFleet(client, { namespace }), { namespace, name }, options);
    if (typeof found === "object") return found;
    if (found !== undefined) throw new CommandFailure(`pool ${name} ${found}: correct it first.`);
    const hint = await hintAtNamespace(client, [SUBNET_POOLS], name);
    throw new CommandFailure(
      `there is no SubnetPool ${name} in namespace ${namespace}${hint === undefined ? ": specify another namespace with -n" : `; ${hint}`}.`,
    );
  });
  printList(options.output, {
    lines: () => linesOf(free),
    data: () => free,
    cells: () => [
      ["namespace", "pool", "cidr"],
      ...free.blocks.map((block) => [free.namespace, free.pool, block]),
    ],
  });
}

/** Of an IPv6 pool there may be a hundred. */
const MOST_SIZES = 10;

function linesOf(free: FreeInPool): Line[] {
  const { pool, use, size, count, blocks, notice } = free;
  const rest = count - blocks.length;
  const all = Object.entries(use.free).map(([length, each]) => `${each} × /${length}`);
  const sizes = [...all.slice(0, MOST_SIZES), ...(all.length > MOST_SIZES ? ["smaller ones"] : [])];
  return [
    [styled(headline(free), "bold")],
    ...(notice === undefined ? [] : [[styled(`But ${notice}.`, "warn")]]),
    ...(sizes.length === 0
      ? []
      : [[`The free space consists of ${sizes.join(", ")}; the largest block is ${use.largestFree}.`]]),
    [
      `Of pool ${pool} (${use.cidr}) ${use.utilizationPercent} % is used, and the fragmentation is ${use.fragmentationPercent} %.`,
    ],
    ...(blocks.length === 0 ? [] : [[]]),
    ...blocks.map((block): Line => [block]),
    ...(rest > 0
      ? [[styled(`… and ${moreOf(rest)}: --limit shows more${size === undefined ? "" : " of them"}`, "dim")]]
      : []),
  ];
}

function headline({ pool, size, count }: FreeInPool): string {
  if (size === undefined)
    return count === 0
      ? `Pool ${pool} has no free address.`
      : `Pool ${pool} has ${counted(count, "free block")}.`;
  const blocks = count === 1 ? `1 free block` : `${moreOf(count)} free blocks`;
  return count === 0 ? `Pool ${pool} has no free /${size}.` : `Pool ${pool} has ${blocks} of size /${size}.`;
}

/** Counts are exact to 2^53−1, and a lower bound from there on. */
function moreOf(count: number): string {
  return count >= Number.MAX_SAFE_INTEGER ? "more than 9.0e15" : String(count);
}
