/** `plexaubnet rca …`: incidents of a ledger, and the root-cause analysis of each. */
import { Command, Option } from "commander";
import { withLedgerOptions } from "./ledger/ledger-options.ts";
import { tableFormatOption } from "./ledger/table-format.ts";

const SEVERITIES = ["critical", "high", "medium", "low"];
const STATUSES = ["To Do", "In Progress", "Done", "Backlog"];

export function rcaCommand(): Command {
  const incidents = () => import("./rca/incidents.ts");
  const command = (name: string, description: string) =>
    withLedgerOptions(new Command(name)).description(description);
  const rca = new Command("rca").description(
    "manage the incidents of the ledger and their root-cause analyses",
  );
  rca.addCommand(
    command("list", "list incidents")
      .addOption(tableFormatOption())
      .action(async (options) => (await incidents()).listIncidents(options)),
  );
  rca.addCommand(
    command("show", "print the analysis of an incident. Defaults to the open incident, or the last one")
      .argument("[id]", "ID of the incident")
      .addOption(
        new Option("-o, --output <format>", "output format")
          .choices(["markdown", "json", "html"])
          .default("markdown"),
      )
      .addOption(
        new Option(
          "--edition <edition>",
          "edition of the document: customer omits evidence, logs, hosts, people and commands",
        )
          .choices(["internal", "customer"])
          .default("internal"),
      )
      .action(async (id, options) => (await incidents()).showIncident(id, options)),
  );
  rca.addCommand(
    withMaterialOptions(
      command("new", "open an incident for the current differences, or add to the open one")
        .option("--title <text>", "title of the incident")
        .option("--ticket <link>", "link to the ticket of the incident")
        .option("--pic <name>", "person in charge"),
    ).action(async (options) => (await incidents()).newIncident(options)),
  );
  rca.addCommand(editCommand());
  rca.addCommand(
    command("close", "close an incident")
      .argument("<id>", "ID of the incident")
      .requiredOption("--reason <text>", "reason, for the analysis and the audit log")
      .action(async (id, options) => (await incidents()).closeIncident(id, options)),
  );
  return rca;
}

function editCommand(): Command {
  const edit = withLedgerOptions(new Command("edit"))
    .description("edit an open or closed incident. Defaults to the open incident, or the last one")
    .argument("[id]", "ID of the incident")
    .option("--title <text>", "title of the incident; observations do not replace it")
    .option("--ticket <link>", "link to the ticket of the incident")
    .option("--impact <text>", "who was affected and how, in one sentence")
    .addOption(new Option("--severity <level>", "severity of the incident").choices(SEVERITIES))
    .option("--task <id>", "ID of the task for --pic, --status and --due, as printed by `rca show`")
    .option("--add-task <title>", "title of a task to add")
    .option("--description <text>", "description of the added task")
    .addOption(new Option("--term <term>", "term of the added task").choices(["short", "long"]))
    .option("--pic <name>", "person in charge of the task; without --task, of all tasks")
    .addOption(new Option("--status <status>", "status of the task").choices(STATUSES))
    .option("--due <date>", "due date of the task, as YYYY-MM-DD")
    .option("--note <text>", "note to add");
  return withMaterialOptions(edit).action(async (id, options) =>
    (await import("./rca/incident-edit.ts")).editOneIncident(id, options),
  );
}

/** Evidence from files. Lines and Events outside of the time of the incident are omitted, and counted. */
function withMaterialOptions(command: Command): Command {
  return command
    .option("--log <file>", "log file to use as evidence; secrets in it are masked")
    .option("--events <file>", "file with Events to use as evidence, from `kubectl get events -A -o json`")
    .option(
      "--since <time>",
      "start of the evidence: an RFC 3339 time, or a duration before the incident. Defaults to 15m",
    )
    .option("--until <time>", "end of the evidence. Defaults to the end of the incident, or now")
    .option("--grep <pattern>", "use only lines that match this RE2 pattern")
    .option(
      "--time-zone <zone>",
      "time zone of times without one, such as +07:00 or Asia/Jakarta. Defaults to UTC",
    );
}
