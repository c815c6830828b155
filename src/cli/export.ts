/** `plexaubnet export`: the fleet as manifests that restore every block, or as a list of pools, blocks and free space. */
import { Command, Option } from "commander";
import { withScope } from "./command-options.ts";
import { EXPORT_FORMATS, type ExportOptions } from "./export/export-options.ts";

export function exportCommand(): Command {
  return withScope(new Command("export"))
    .description("write pools, claims and Subnets as manifests that restore each block to its claim")
    .option(
      "-o, --output <file>",
      "path of the output file, which is replaced once everything is read. Defaults to stdout",
    )
    .addOption(
      new Option(
        "--format <format>",
        "output format: manifests, or a list with the free space for a spreadsheet (csv), NetBox (netbox), programs (json) or people (markdown)",
      )
        .choices(EXPORT_FORMATS)
        .default("manifests"),
    )
    .option("--no-namespaces", "omit the Namespaces, for a cluster that already has them")
    .addHelpText(
      "after",
      `
The lists are sorted by address, so that the diff of two lists shows the changes. \`plexaubnet import FILE\` restores csv and json
completely, and netbox as far as NetBox supports the fields.`,
    )
    .action(async (options: ExportOptions) => {
      const { exportFleet } = await import("./export/export-fleet.ts");
      await exportFleet(options);
    });
}
