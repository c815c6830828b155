/** `plexaubnet check`: recomputes the state from the API, and reports violations of the invariants. */
import { Command, InvalidArgumentError } from "commander";
import type { CheckOptions } from "./check/check-fleet.ts";
import { outputOption, withScope } from "./command-options.ts";

const DEFAULT_SETTLE_SECONDS = 5;

export function checkCommand(): Command {
  return withScope(new Command("check"))
    .description("recompute the state from the API and report violations; exits with 1 if there are any")
    .option("--settle <seconds>", "time to wait for writes in progress", parseSeconds, DEFAULT_SETTLE_SECONDS)
    .option(
      "--against <file>",
      "also compare with a backup from `export` or `kubectl get -o yaml`; exits with 1 if a block differs",
    )
    .addOption(outputOption())
    .action(async (options: CheckOptions) => {
      const { checkFleet } = await import("./check/check-fleet.ts");
      await checkFleet(options);
    });
}

function parseSeconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a number of seconds.");
}
