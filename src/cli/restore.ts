/**
 * `plexaubnet restore FILE`: a backup back into a cluster, or into a data directory, after all of it was looked at. The file
 * says which of them it is.
 */
import { Command, InvalidArgumentError } from "commander";
import { withConnection } from "./command-options.ts";
import { withData } from "./data-option.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "./failure.ts";
import type { RestoreOptions } from "./restore/restore-fleet.ts";

const DEFAULT_TIMEOUT_SECONDS = 60;

export function restoreCommand(): Command {
  return withData(withConnection(new Command("restore")))
    .description(
      "bring back what a backup has: create what is missing, and wait until each claim has its block",
    )
    .argument("<file>", "what `backup` or `export` wrote, or `kubectl get -o yaml` or `-o json`; - is stdin")
    .option(
      "--replace",
      "of what `backup` wrote: also where the data directory has a store, which is kept aside",
      false,
    )
    .option("--dry-run", "say what is wrong and what would be created, and change nothing", false)
    .option("--skip-faulty", "restore the rest, where something is wrong with an object", false)
    .option(
      "--timeout <seconds>",
      "how long to wait while no claim gets its block",
      parseSeconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .addHelpText(
      "after",
      `
What is there already stays as it is; a claim without a block is told which one it had. With --namespace, what the file has
goes into that namespace; of a file with several namespaces, what it has of this one.

What \`backup\` wrote goes into --data-dir, as a whole, while no server runs there.`,
    )
    .action(async (file: string, options: RestoreOptions) => {
      const { isBackupOfData, restoreData } = await import("./data/restore-data.ts");
      if (isBackupOfData(file)) return restoreData(file, options);
      if (options.replace)
        throw new CommandFailure(
          `--replace is for what \`backup\` wrote, and ${file} is no such file: leave it out.`,
          { exitCode: USAGE_EXIT_CODE },
        );
      const { restoreFleet } = await import("./restore/restore-fleet.ts");
      await restoreFleet(file, options);
    });
}

function parseSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number of seconds.");
}
