/**
 * `plexaubnet restore FILE`: restores a backup into a cluster, or into a data directory, after validating all of it. The
 * content of the file determines which.
 */
import { Command, InvalidArgumentError } from "commander";
import { withConnection } from "./command-options.ts";
import { withData } from "./data-option.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "./failure.ts";
import type { RestoreOptions } from "./restore/restore-fleet.ts";

const DEFAULT_TIMEOUT_SECONDS = 60;

export function restoreCommand(): Command {
  return withData(withConnection(new Command("restore")))
    .description("restore a backup: create the missing objects, and wait until each claim has its block")
    .argument("<file>", "a file from `backup`, `export`, or `kubectl get -o yaml` or `-o json`; - for stdin")
    .option(
      "--replace",
      "for a file from `backup`: replace an existing store, whose files are kept under another name",
      false,
    )
    .option(
      "--dry-run",
      "validate the file and print what would be created, without changing anything",
      false,
    )
    .option("--skip-faulty", "skip invalid objects and restore the others", false)
    .option(
      "--timeout <seconds>",
      "time to wait while no claim gets its block",
      parseSeconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .addHelpText(
      "after",
      `
Existing objects are not changed, except that a claim without a block gets the record of its block. With --namespace, the objects
are restored into that namespace; from a file with several namespaces, only the objects of that namespace are restored.

A file from \`backup\` is restored into --data-dir as a whole, while no server uses that directory.`,
    )
    .action(async (file: string, options: RestoreOptions) => {
      const { isBackupOfData, restoreData } = await import("./data/restore-data.ts");
      if (isBackupOfData(file)) return restoreData(file, options);
      if (options.replace)
        throw new CommandFailure(
          `--replace applies to a file from \`backup\`, and ${file} is not one: remove the option.`,
          { exitCode: USAGE_EXIT_CODE },
        );
      const { restoreFleet } = await import("./restore/restore-fleet.ts");
      await restoreFleet(file, options);
    });
}

function parseSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number of seconds.");
}
