/** `plexaubnet check`: recompute everything from the API, and report every promise that is not kept. */
import { Command, InvalidArgumentError } from "commander";
import type { CheckOptions } from "./check/check-fleet.ts";
import { outputOption, withScope } from "./command-options.ts";

const DEFAULT_SETTLE_SECONDS = 5;

export function checkCommand(): Command {
  return withScope(new Command("check"))
    .description(
      "recompute everything from the API and report what is not as it must be; exit code 1 if anything",
    )
    .option(
      "--settle <seconds>",
      "how long the operator may take to finish what is under way",
      parseSeconds,
      DEFAULT_SETTLE_SECONDS,
    )
    .option(
      "--against <file>",
      "compare with a backup, too: what `export` wrote, or `kubectl get -o yaml`; exit code 1 if a block differs",
    )
    .addOption(outputOption())
    .action(async (options: CheckOptions) => {
      const { checkFleet } = await import("./check/check-fleet.ts");
      await checkFleet(options);
    });
}

function parseSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number of seconds.");
}
