/**
 * `plexaubnet lb …`: load balancers, and the ledger of their pools. What the commands do is in `load-balancers/`, which is
 * loaded only when it is to be done. Exit codes: 0 in step, 2 something differs, 1 failed or not understood.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { parseBindAddress } from "./flags/flag-values.ts";
import { readInstant, USAGE_FORMATS, USAGE_STATES } from "./lb/usage-report.ts";
import { withLedgerOptions } from "./ledger/ledger-options.ts";
import { tableFormatOption } from "./ledger/print-table.ts";

const MODES = ["observe", "create-only", "upsert", "sync"];
const CONFIRMABLE = ["last-pool", "not-ours", "not-confirmed", "short-read", "too-many-deletions"];

export function lbCommand(): Command {
  const lb = new Command("lb").description(
    "compare MetalLB's pools and load balancers with the ledger, and repair it",
  );
  const looks = [
    ["pools", "show the pools of both sides beside each other", "showPools"],
    ["orphans", "show load balancers without a record, and records without a load balancer", "showOrphans"],
    ["diff", "show what differs", "showDiff"],
  ] as const;
  for (const [name, says, does] of looks) {
    lb.addCommand(
      ledgerCommand(name, says).action(async (options) => (await import("./lb/look.ts"))[does](options)),
    );
  }
  lb.addCommand(usageCommand());
  lb.addCommand(
    ledgerCommand("history", "show what was written to the ledger, by whom and why")
      .option("--limit <rows>", "how many rows", parseCount, 50)
      .option("--all-clusters", "of all clusters of the ledger, and rows that do not say of which")
      .action(async (options) => (await import("./lb/look.ts")).showHistory(options)),
  );
  lb.addCommand(
    ledgerCommand("lookup", "say which pool of the ledger an IP lies in, and who uses it")
      .argument("<ip>", "an IPv4 or IPv6 address")
      .action(async (ip, options) => (await import("./lb/lookup.ts")).lookUp(ip, options)),
  );
  lb.addCommand(resolveCommand());
  for (const command of actions()) lb.addCommand(command);
  return lb;
}

function usageCommand(): Command {
  return withLedgerOptions(new Command("usage"))
    .description("show which load balancers the ledger records, now or in a period")
    .option("--from <time>", "what was in use from this day (in UTC) or instant on", parseInstant)
    .option("--to <time>", "and before this one", parseInstant)
    .option(
      "--state <states>",
      `any of ${USAGE_STATES.join(", ")}, with commas between; else those in use, and with a period all`,
      parseStates,
    )
    .addOption(
      new Option("-o, --output <format>", "for people, for programs, for a ticket, or for a bill")
        .choices(USAGE_FORMATS)
        .default("table"),
    )
    .action(async (options) => (await import("./lb/usage.ts")).showUsage(options));
}

function parseInstant(text: string): number {
  const read = readInstant(text);
  if (read.ok) return read.value;
  throw new InvalidArgumentError(read.error);
}

function parseStates(text: string): readonly string[] {
  const states = text.split(",").map((state) => state.trim());
  if (states.every((state) => (USAGE_STATES as readonly string[]).includes(state))) return states;
  throw new InvalidArgumentError(`They are any of ${USAGE_STATES.join(", ")}, with commas between.`);
}

function actions(): readonly Command[] {
  const act = () => import("./lb/act.ts");
  return [
    ledgerCommand("plan", "make a plan that would repair what differs, and keep it")
      .addOption(modeOption("sync"))
      .addOption(confirmOption())
      .option("--out <file>", "write it to this file, too")
      .action(async (options) => (await act()).makeAndSavePlan(options)),
    ledgerCommand("apply", "apply a plan that was made before")
      .argument("<plan>", "its ID or file")
      .addOption(confirmOption())
      .action(async (plan, options) => (await act()).applySavedPlan(plan, options)),
    ledgerCommand("repair", "make a plan and apply it")
      .addOption(modeOption("sync"))
      .addOption(confirmOption())
      .option("--dry-run", "show what it would do", false)
      .action(async (options) => (await act()).repair(options)),
    withWatchOptions(
      ledgerCommand("sync", "compare and repair as far as the mode of the settings allows"),
    ).action(async (options) => (await act()).sync(options)),
  ];
}

function withWatchOptions(command: Command): Command {
  return command
    .addOption(modeOption())
    .option("--once", "one comparison; so it is unless --watch is given")
    .addOption(new Option("--watch", "go on until stopped, on events and periodically").conflicts("once"))
    .option(
      "--metrics-bind-address <address>",
      "with --watch: serve /metrics, /healthz, /readyz there",
      parseBindAddress,
    )
    .option(
      "--leader-election-namespace <name>",
      "with --watch: let one of several replicas work, by a Lease in there",
    )
    .option("--webhook-bind-address <address>", "with --watch: review Services there", parseBindAddress)
    .option("--webhook-cert <file>", "certificate of the webhook, in PEM form")
    .option("--webhook-key <file>", "key of the webhook, in PEM form")
    .addOption(
      new Option("--webhook-policy <policy>", "what is said to a wish that the ledger does not hold")
        .choices(["warn", "refuse"])
        .default("warn"),
    );
}

/** @param preset what holds where the settings say nothing either */
function modeOption(preset?: string): Option {
  const otherwise = preset === undefined ? "that of the settings" : `that of the settings, or ${preset}`;
  return new Option("--mode <mode>", `what may be changed; else ${otherwise}`).choices(MODES);
}

function confirmOption(): Option {
  return new Option("--confirm <guard...>", "a guard that is to let it happen this time").choices(
    CONFIRMABLE,
  );
}

function resolveCommand(): Command {
  return ledgerCommand("resolve", "decide what no plan can; without a subject list what needs a person")
    .argument(
      "[subject]",
      "as `lb resolve` or `lb diff` names it; `cluster`: this cluster takes the name of --cluster",
    )
    .option("--pool <name>", "which of the pools that hold it has the address")
    .option("--accept", "leave it as it is, as long as it stays so")
    .option("--release", "the record is over: the cluster does not have the load balancer any more")
    .option("--keep <key>", "which of several rows of a pool stays")
    .option("--reason <text>", "why; it stands in the audit log", "decided by hand")
    .action(async (subject, options) => (await import("./lb/resolve.ts")).resolve(subject, options));
}

function ledgerCommand(name: string, says: string): Command {
  return withLedgerOptions(new Command(name)).description(says).addOption(tableFormatOption());
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1.");
}
