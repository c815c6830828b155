/** `plexaubnet tree`: the pools as a tree, as `plexaubnet up` draws them, and what was asked for and is not in it. */
import { Command, InvalidArgumentError } from "commander";
import { outputOption, withScope } from "./command-options.ts";
import type { TreeOptions } from "./tree/show-tree.ts";

export function treeCommand(): Command {
  return withScope(new Command("tree"))
    .description(
      "show the pools as a tree, with what is used and what is free, and the Subnets that were not given out",
    )
    .option("--depth <levels>", "levels to show; 1 is the roots alone", parseDepth)
    .addOption(outputOption())
    .action(async (options: TreeOptions) => {
      const { showTree } = await import("./tree/show-tree.ts");
      await showTree(options);
    });
}

function parseDepth(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1.");
}
