/** `plexaubnet find WHAT`: which block holds an address, and what a cluster or an object has. */
import { Command, Option } from "commander";
import { BLOCK_STATES } from "../operator/questions/find/block-states.ts";
import { listOutputOption, withScope } from "./command-options.ts";
import type { FindOptions } from "./find/find-what.ts";

export function findCommand(): Command {
  return withScope(new Command("find"))
    .description("find the block of an address, and the blocks of a cluster or an object, in all namespaces")
    .argument(
      "[what]",
      "address, CIDR, range, cluster or name; or kind/name: cluster/eu-1, claim/web, pool/web, subnet/web",
    )
    .addOption(
      new Option("--state <state>", "only blocks in this state; without an argument, all of them").choices(
        BLOCK_STATES,
      ),
    )
    .addOption(listOutputOption())
    .addHelpText(
      "after",
      `
For addresses it prints the smallest block that holds them, the pools around it, its holder and since when, what overlaps them and
what lies beside the block. Namespaces that you may not read are reported on stderr.`,
    )
    .action(async (what: string | undefined, options: FindOptions) => {
      const { findWhat } = await import("./find/find-what.ts");
      await findWhat(what, options);
    });
}
