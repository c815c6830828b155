/** `plexaubnet export`: the fleet as manifests that bring every number back. */
import { Command } from "commander";
import { withScope } from "./command-options.ts";
import type { ExportOptions } from "./export/export-fleet.ts";

export function exportCommand(): Command {
  return withScope(new Command("export"))
    .description(
      "write pools, claims and Subnets as manifests that bring every block back to whom it belongs",
    )
    .option("-o, --output <file>", "write to this file, which is replaced when all is read; else to stdout")
    .option("--no-namespaces", "leave out the Namespaces, for a cluster that has them")
    .action(async (options: ExportOptions) => {
      const { exportFleet } = await import("./export/export-fleet.ts");
      await exportFleet(options);
    });
}
