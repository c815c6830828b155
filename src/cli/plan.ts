/** `plexaubnet plan FILE --pool POOL`: a set of requests laid out in a pool, with the strategies compared. */
import { Command, Option } from "commander";
import { withConnection } from "./command-options.ts";
import { LAYOUT_NAMES, PLAN_FORMATS, type PlanOptions } from "./plan/plan-options.ts";

export function planCommand(): Command {
  return withConnection(new Command("plan"))
    .description(
      "lay a set of requests out in a pool, compare the strategies, and print manifests; nothing is written",
    )
    .argument("<file>", "requests: lines such as 3 x /20 for regions, or CSV or YAML; - is stdin")
    .requiredOption("--pool <name>", "name of the SubnetPool")
    .addOption(
      new Option("--layout <name>", "the layout to print. Defaults to the best one").choices(LAYOUT_NAMES),
    )
    .addOption(
      new Option(
        "-o, --output <format>",
        "output format: table for people, json, yaml or csv for programs, manifests for kubectl or git",
      )
        .choices(PLAN_FORMATS)
        .default("table"),
    )
    .addHelpText(
      "after",
      `
The fields of CSV and YAML are count, size or cidr, align (begin where a block of this length begins), name, cluster, purpose and
kind (claim or pool). The manifests request exactly the blocks of the layout, in whichever order they are applied.`,
    )
    .action(async (file: string, options: PlanOptions) => {
      const { planFile } = await import("./plan/plan-file.ts");
      await planFile(file, options);
    });
}
