/** `plexaubnet rca …`: incidents of a ledger, and the root-cause analysis of each. */
import { Command, Option } from "commander";
import { withLedgerOptions } from "./ledger/ledger-options.ts";
import { tableFormatOption } from "./ledger/print-table.ts";

const SEVERITIES = ["critical", "high", "medium", "low"];
const STATUSES = ["To Do", "In Progress", "Done", "Backlog"];

export function rcaCommand(): Command {
  const incidents = () => import("./rca/incidents.ts");
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
      .addOption(
        new Option(
          "--edition <edition>",
          "for whom: customer leaves out evidence, logs, hosts, people and commands",
        )
          .choices(["internal", "customer"])
          .default("internal"),
      )
      .action(async (id, options) => (await incidents()).showIncident(id, options)),
  );
  rca.addCommand(
    withMaterialOptions(
      command("new", "open an incident of what differs now, or add to the open one")
        .option("--title <text>", "its title")
        .option("--ticket <link>", "the ticket that it belongs to")
        .option("--pic <name>", "who is in charge"),
    ).action(async (options) => (await incidents()).newIncident(options)),
  );
  rca.addCommand(editCommand());
  rca.addCommand(
    command("close", "close an incident by hand")
      .argument("<id>", "the incident")
      .requiredOption("--reason <text>", "why; it stands in the analysis and in the audit log")
      .action(async (id, options) => (await incidents()).closeIncident(id, options)),
  );
  return rca;
}

function editCommand(): Command {
  const edit = withLedgerOptions(new Command("edit"))
    .description("say something of an incident, open or closed; without an ID of the open one, or the last")
    .argument("[id]", "the incident")
    .option("--title <text>", "its title, which nothing observed replaces")
    .option("--ticket <link>", "the ticket that it belongs to")
    .option("--impact <text>", "whom it concerned and how, in a sentence")
    .addOption(new Option("--severity <level>", "how severe it is").choices(SEVERITIES))
    .option("--task <id>", "the task that --pic, --status and --due are of; `rca show` prints the IDs")
    .option("--add-task <title>", "add a task of your own")
    .option("--description <text>", "of the task that is added")
    .addOption(new Option("--term <term>", "of the task that is added").choices(["short", "long"]))
    .option("--pic <name>", "who is in charge of the task; without --task of all")
    .addOption(new Option("--status <status>", "of the task").choices(STATUSES))
    .option("--due <date>", "of the task, as YYYY-MM-DD")
    .option("--note <text>", "add a note");
  return withMaterialOptions(edit).action(async (id, options) =>
    (await import("./rca/incident-edit.ts")).editOneIncident(id, options),
  );
}

/** Evidence that is handed in. What is not of the time of the incident is left out, and counted. */
function withMaterialOptions(command: Command): Command {
  return command
    .option("--log <file>", "take lines of this log as evidence; secrets in it are masked")
    .option("--events <file>", "take Events as evidence, of `kubectl get events -A -o json`")
    .option("--since <time>", "from when on: RFC 3339, or how long before the incident, as 15m; default: 15m")
    .option("--until <time>", "until when; default: the end of the incident, or now")
    .option("--grep <pattern>", "only what matches this pattern (RE2)")
    .option("--time-zone <zone>", "of times that name none: +07:00 or Asia/Jakarta; default: UTC");
}
