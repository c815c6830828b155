/** `plexaubnet restore FILE`: a backup back into a cluster, after all of it was looked at. */
import { Command, InvalidArgumentError } from "commander";
import { type ConnectionOptions, withConnection } from "./command-options.ts";

export interface RestoreOptions extends ConnectionOptions {
  readonly dryRun: boolean;
  readonly skipFaulty: boolean;
  /** Seconds. */
  readonly timeout: number;
}

const DEFAULT_TIMEOUT_SECONDS = 60;

export function restoreCommand(): Command {
  return withConnection(new Command("restore"))
    .description(
      "bring back what a backup has: create what is missing, and wait until each claim has its block",
    )
    .argument("<file>", "what `export` wrote, or `kubectl get -o yaml` or `-o json`; - is stdin")
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
goes into that namespace; of a file with several namespaces, what it has of this one.`,
    )
    .action(async (file: string, options: RestoreOptions) => {
      const { restoreFleet } = await import("./restore/restore-fleet.ts");
      await restoreFleet(file, options);
    });
}

function parseSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number of seconds.");
}
