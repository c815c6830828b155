/** `plexaubnet tree`: the pools as a tree, as `plexaubnet up` draws them, and the Subnets that failed. */
import { Command, InvalidArgumentError, Option } from "commander";
import { outputOption, withScope } from "./command-options.ts";
import type { TreeOptions } from "./tree/show-tree.ts";
import { POOL_ORDERS } from "./tree/tree-orders.ts";

export function treeCommand(): Command {
  return withScope(new Command("tree"))
    .description(
      "print the pools as a tree, with their utilization and free space, and the Subnets that failed",
    )
    .option("--depth <levels>", "number of levels to print; 1 for root pools only", parseDepth)
    .option(
      "--history <address>",
      "address of the history, which shows when pools are full. Defaults to PLEXAUBNET_HISTORY, or .plexaubnet/history.db",
    )
    .addOption(
      new Option("--sort <order>", "order of the pools: by address as a tree, or the fullest first as a list")
        .choices(POOL_ORDERS)
        .default("address"),
    )
    .option("--kept", "also list the blocks that were released and are kept or rest", false)
    .addOption(outputOption())
    .action(async (options: TreeOptions) => {
      const { showTree } = await import("./tree/show-tree.ts");
      await showTree(options);
    });
}

function parseDepth(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number of at least 1.");
}
