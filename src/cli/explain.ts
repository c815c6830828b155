/** `plexaubnet explain NAME`: the state of an object and its cause, in sentences. */
import { Command, Option } from "commander";
import { outputOption, withConnection } from "./command-options.ts";
import type { ExplainOptions } from "./explain/explain-one.ts";

export function explainCommand(): Command {
  return withConnection(new Command("explain"))
    .description("explain the state of a claim, a pool or a Subnet, and what it waits for")
    .argument("<name>", "name of the object, or kind/name: claim/web, poolclaim/web, pool/web, subnet/web")
    .addOption(
      new Option("-A, --all-namespaces", "every object of this name in all namespaces that you may read")
        .default(false)
        .conflicts("namespace"),
    )
    .addOption(outputOption())
    .action(async (name: string, options: ExplainOptions) => {
      const { explainOne } = await import("./explain/explain-one.ts");
      await explainOne(name, options);
    });
}
