/** `plexaubnet explain NAME`: why something is where it is, in sentences. */
import { Command } from "commander";
import { outputOption, withConnection } from "./command-options.ts";
import type { ExplainOptions } from "./explain/explain-one.ts";

export function explainCommand(): Command {
  return withConnection(new Command("explain"))
    .description("say why a claim, a pool or a Subnet is where it is, and what it waits for")
    .argument("<name>", "its name, or kind/name: claim/web, poolclaim/web, pool/web, subnet/web")
    .addOption(outputOption())
    .action(async (name: string, options: ExplainOptions) => {
      const { explainOne } = await import("./explain/explain-one.ts");
      await explainOne(name, options);
    });
}
