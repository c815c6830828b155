/** `plexaubnet claim POOL --cluster ID`: a SubnetClaim without a manifest. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { ClaimOptions } from "./claim/claim-block.ts";
import { outputOption, withConnection } from "./command-options.ts";
import { parseLength } from "./flags/prefix-length.ts";

const DEFAULT_TIMEOUT_SECONDS = 30;

export function claimCommand(): Command {
  return withConnection(new Command("claim"))
    .description("create a SubnetClaim for a block of a pool")
    .argument("<pool>", "name of the SubnetPool")
    .requiredOption("--cluster <id>", "clusterID: identifier of the cluster that uses the block")
    .option("--size <length>", "prefix length of the block. Defaults to that of the pool", parseLength)
    .addOption(new Option("--cidr <cidr>", "the exact block, instead of a size").conflicts("size"))
    .option("--name <name>", "name of the SubnetClaim. Defaults to CLUSTER-POOL")
    .option("--wait", "wait for the block and print it; exits with 1 if the timeout expires", false)
    .option("--timeout <seconds>", "time to wait", parseSeconds, DEFAULT_TIMEOUT_SECONDS)
    .addOption(outputOption())
    .action(async (pool: string, options: ClaimOptions) => {
      const { claimBlock } = await import("./claim/claim-block.ts");
      await claimBlock(pool, options);
    });
}

function parseSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number of seconds.");
}
