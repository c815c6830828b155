/** `plexaubnet rotate-token`: replaces the administrator's token of `plexaubnet up`. */
import { Command } from "commander";
import type { RotateTokenOptions } from "./up/rotate-token.ts";
import { DEFAULT_DATA_DIRECTORY, parseFolder } from "./up.ts";

export function rotateTokenCommand(): Command {
  return new Command("rotate-token")
    .description("replace the administrator's token of `plexaubnet up`")
    .option("--data-dir <dir>", "data directory of `plexaubnet up`", parseFolder, DEFAULT_DATA_DIRECTORY)
    .addHelpText(
      "after",
      `
The server may be running: within a second it accepts the new token and refuses the old one; its internal clients are not
interrupted. The kubeconfig in the directory gets the new token; update copies of it in other places.`,
    )
    .action(async (options: RotateTokenOptions) => {
      const { rotate } = await import("./up/rotate-token.ts");
      await rotate(options);
    });
}
