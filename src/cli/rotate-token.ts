/** `plexaubnet rotate-token`: another token for the administrator of what `plexaubnet up` serves. */
import { Command } from "commander";
import type { RotateTokenOptions } from "./up/rotate-token.ts";
import { DEFAULT_DATA_DIRECTORY, parseFolder } from "./up.ts";

export function rotateTokenCommand(): Command {
  return new Command("rotate-token")
    .description("give the administrator of `plexaubnet up` a new token, and refuse the old one")
    .option("--data-dir <dir>", "the folder of `plexaubnet up`", parseFolder, DEFAULT_DATA_DIRECTORY)
    .addHelpText(
      "after",
      `
The server may be running: within a second it takes the new token and refuses the old one, and nothing inside it is cut
off. The kubeconfig in the folder gets the new token; copies of it elsewhere have to be copied anew.`,
    )
    .action(async (options: RotateTokenOptions) => {
      const { rotate } = await import("./up/rotate-token.ts");
      await rotate(options);
    });
}
