/** `plexaubnet free POOL`: what is free in a pool. */
import { Command, InvalidArgumentError } from "commander";
import { listOutputOption, withConnection } from "./command-options.ts";
import { parseLength } from "./flags/prefix-length.ts";
import type { FreeOptions } from "./free/free-blocks.ts";

const DEFAULT_LIMIT = 10;

export function freeCommand(): Command {
  return withConnection(new Command("free"))
    .description("list the free blocks of a pool, how many of each size there are, and the largest")
    .argument("<pool>", "name of the SubnetPool")
    .option(
      "--size <length>",
      "only blocks of this prefix length. Defaults to the largest free blocks",
      parseLength,
    )
    .option("--limit <count>", "number of blocks to list, lowest first", parseCount, DEFAULT_LIMIT)
    .addOption(listOutputOption())
    .action(async (pool: string, options: FreeOptions) => {
      const { freeBlocks } = await import("./free/free-blocks.ts");
      await freeBlocks(pool, options);
    });
}

const MOST_LISTED = 100_000;

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,6}$/.test(text) && count >= 1 && count <= MOST_LISTED) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_LISTED}.`);
}
