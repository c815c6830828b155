/** `plexaubnet repair`: recovers a damaged store. */
import { Command } from "commander";
import type { RepairOptions } from "./data/repair-data.ts";
import { withData } from "./data-option.ts";

export function repairCommand(): Command {
  return withData(new Command("repair"))
    .description("recover a damaged data directory that `up` refuses")
    .option("--accept-loss", "continue even if objects or changes are lost; they are listed", false)
    .addHelpText(
      "after",
      `
If only the history is damaged, all objects are recovered. If objects are lost, the command lists them and changes nothing unless
you pass --accept-loss. The old files are kept under other names. If you have a backup, prefer \`restore\`.`,
    )
    .action(async (options: RepairOptions) => {
      const { repair } = await import("./data/repair-data.ts");
      repair(options);
    });
}
