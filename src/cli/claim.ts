/** `plexaubnet claim POOL --cluster ID`: SubnetClaims without a manifest, and what would become of them. */
import { Command, InvalidArgumentError, Option } from "commander";
import type { ClaimOptions } from "./claim/claim-options.ts";
import { listOutputOption, withConnection } from "./command-options.ts";
import { parseLength } from "./flags/prefix-length.ts";

const DEFAULT_TIMEOUT_SECONDS = 30;

export function claimCommand(): Command {
  return withConnection(new Command("claim"))
    .description("create a SubnetClaim for a block of a pool, or the claims of a file; or try them")
    .argument("[pool]", "name of the SubnetPool; with --file, that of the rows that name none")
    .option("--cluster <id>", "clusterID: identifier of the cluster that uses the block")
    .option("--size <length>", "prefix length of the block. Defaults to that of the pool", parseLength)
    .addOption(new Option("--cidr <cidr>", "the exact block, instead of a size").conflicts("size"))
    .option("--name <name>", "name of the SubnetClaim. Defaults to CLUSTER-POOL")
    .addOption(
      new Option(
        "--file <file>",
        "several claims: manifests, or CSV or YAML with pool, cluster, size or cidr, name, purpose, count; - is stdin",
      ).conflicts(["cluster", "size", "cidr", "name"]),
    )
    .addOption(
      new Option("--dry-run", "print which block each claim would get, or why none; nothing is written")
        .default(false)
        .conflicts("wait"),
    )
    .option("--wait", "wait for the block and print it; exits with 1 if the timeout expires", false)
    .option("--timeout <seconds>", "time to wait", parseSeconds, DEFAULT_TIMEOUT_SECONDS)
    .addOption(listOutputOption())
    .action(async (pool: string | undefined, options: ClaimOptions) => {
      if (options.file !== undefined) {
        const { claimFile } = await import("./claim/claim-file.ts");
        await claimFile(options.file, pool, options);
        return;
      }
      const { claimBlock } = await import("./claim/claim-block.ts");
      await claimBlock(pool, options);
    });
}

function parseSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number of seconds.");
}
