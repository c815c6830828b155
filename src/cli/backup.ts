/** `plexaubnet backup FILE`: all objects of `plexaubnet up` in one file, even while it runs. */
import { Command } from "commander";
import type { BackupOptions } from "./data/backup-data.ts";
import { withData } from "./data-option.ts";

export function backupCommand(): Command {
  return withData(new Command("backup"))
    .description("write all objects that `up` stores to one file, as of one moment, even while it runs")
    .argument("<file>", "path of the backup, for `restore`")
    .option("--overwrite", "replace an existing file", false)
    .addHelpText(
      "after",
      `
The file contains Secrets, so only its owner can read it. It does not contain the keys, certificates and token of the server: a
server creates new ones if they are missing. To back up only pools, claims and Subnets, or another cluster, use \`export\`.`,
    )
    .action(async (file: string, options: BackupOptions) => {
      const { backUp } = await import("./data/backup-data.ts");
      backUp(file, options);
    });
}
