/** `plexaubnet export`: the fleet as manifests that restore every block. */
import { Command } from "commander";
import { withScope } from "./command-options.ts";
import type { ExportOptions } from "./export/export-fleet.ts";

export function exportCommand(): Command {
  return withScope(new Command("export"))
    .description("write pools, claims and Subnets as manifests that restore each block to its claim")
    .option(
      "-o, --output <file>",
      "path of the output file, which is replaced once everything is read. Defaults to stdout",
    )
    .option("--no-namespaces", "omit the Namespaces, for a cluster that already has them")
    .action(async (options: ExportOptions) => {
      const { exportFleet } = await import("./export/export-fleet.ts");
      await exportFleet(options);
    });
}
