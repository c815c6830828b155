/** `plexaubnet rca …`: incidents of a ledger, and the root-cause analysis of each. */
import { Command, Option } from "commander";
import { withLedgerOptions } from "./lb.ts";
import { tableFormatOption } from "./load-balancers/print-table.ts";

export function rcaCommand(): Command {
  const incidents = () => import("./load-balancers/incidents.ts");
  const command = (name: string, says: string) => withLedgerOptions(new Command(name)).description(says);
  const rca = new Command("rca").description("incidents of the ledger, and the root-cause analysis of each");
  rca.addCommand(
    command("list", "list incidents")
      .addOption(tableFormatOption())
      .action(async (options) => (await incidents()).listIncidents(options)),
  );
  rca.addCommand(
    command("show", "print the analysis of an incident; without an ID that of the open one, or the last")
      .argument("[id]", "the incident")
      .addOption(
        new Option("-o, --output <format>", "as what")
          .choices(["markdown", "json", "html"])
          .default("markdown"),
      )
      .action(async (id, options) => (await incidents()).showIncident(id, options)),
  );
  rca.addCommand(
    command("new", "open an incident of what differs now, or add to the open one")
      .option("--title <text>", "its title")
      .option("--ticket <link>", "the ticket that it belongs to")
      .option("--pic <name>", "who is in charge")
      .option("--log <file>", "take lines of this log as evidence; secrets in it are masked")
      .action(async (options) => (await incidents()).newIncident(options)),
  );
  rca.addCommand(
    command("close", "close an incident by hand")
      .argument("<id>", "the incident")
      .requiredOption("--reason <text>", "why; it stands in the analysis and in the audit log")
      .action(async (id, options) => (await incidents()).closeIncident(id, options)),
  );
  return rca;
}
