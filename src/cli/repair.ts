/** `plexaubnet repair`: a store that starts again, made of what is left of one that does not. */
import { Command } from "commander";
import type { RepairOptions } from "./data/repair-data.ts";
import { withData } from "./data-option.ts";

export function repairCommand(): Command {
  return withData(new Command("repair"))
    .description("make a data directory that `up` refuses as damaged one that it takes, of what can be saved")
    .option("--accept-loss", "also where objects or changes are lost; they are named", false)
    .addHelpText(
      "after",
      `
Where only history is broken, every object is there again. Where something is lost it says what, and changes nothing unless
--accept-loss is given. The old files are kept under other names. A backup (\`restore\`) is the better cure where there is one.`,
    )
    .action(async (options: RepairOptions) => {
      const { repair } = await import("./data/repair-data.ts");
      repair(options);
    });
}
