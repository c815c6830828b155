/** `plexaubnet backup FILE`: everything that `plexaubnet up` keeps, in one file, also while it runs. */
import { Command } from "commander";
import type { BackupOptions } from "./data/backup-data.ts";
import { withData } from "./data-option.ts";

export function backupCommand(): Command {
  return withData(new Command("backup"))
    .description(
      "write every object that `up` keeps into one file, as it is at one moment, also while it runs",
    )
    .argument("<file>", "where to; `restore` reads it")
    .option("--overwrite", "also where the file is there already", false)
    .addHelpText(
      "after",
      `
Secrets are in it, so only its owner may read it. Keys, certificates and the token of the server are not: a server makes
new ones where there are none. For a fleet alone, or a cluster that is not ours, use \`export\`.`,
    )
    .action(async (file: string, options: BackupOptions) => {
      const { backUp } = await import("./data/backup-data.ts");
      backUp(file, options);
    });
}
