/** `plexaubnet export`: the fleet as manifests that bring every number back, or as a list of pools, blocks and free space. */
import { Command, Option } from "commander";
import { INVENTORY_FORMATS } from "../exchange/formats.ts";
import { type ScopeOptions, withScope } from "./command-options.ts";

export const EXPORT_FORMATS = ["manifests", ...INVENTORY_FORMATS] as const;

export interface ExportOptions extends ScopeOptions {
  readonly format: (typeof EXPORT_FORMATS)[number];
  /** Stdout when absent. */
  readonly output?: string;
  readonly namespaces: boolean;
}

export function exportCommand(): Command {
  return withScope(new Command("export"))
    .description(
      "write pools, claims and Subnets as manifests that bring every block back to whom it belongs",
    )
    .addOption(
      new Option(
        "--format <format>",
        "manifests, or a list with the free space: for a sheet, NetBox, programs, people",
      )
        .choices(EXPORT_FORMATS)
        .default("manifests"),
    )
    .option("-o, --output <file>", "write to this file, which is replaced when all is read; else to stdout")
    .option("--no-namespaces", "leave out the Namespaces, for a cluster that has them")
    .addHelpText(
      "after",
      `
The lists are in the order of the addresses, so that the difference of two of them is what changed. \`plexaubnet import FILE\`
brings csv and json back as they were, and netbox as far as NetBox knows it.`,
    )
    .action(async (options: ExportOptions) => {
      const { exportFleet } = await import("./export/export-fleet.ts");
      await exportFleet(options);
    });
}
