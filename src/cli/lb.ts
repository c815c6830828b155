/**
 * `plexaubnet lb …`: load balancers, and the ledger of their pools. The implementation is in `load-balancers/`, which is
 * loaded only when a command runs. Exit codes: 0 in sync, 2 difference found, 1 failure or usage error.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { parseBindAddress } from "./flags/flag-values.ts";
import { readInstant, USAGE_FORMATS, USAGE_STATES } from "./lb/usage-report.ts";
import { withLedgerOptions } from "./ledger/ledger-options.ts";
import { tableFormatOption } from "./ledger/table-format.ts";

const MODES = ["observe", "create-only", "upsert", "sync"];
const CONFIRMABLE = ["last-pool", "not-ours", "not-confirmed", "short-read", "too-many-deletions"];

export function lbCommand(): Command {
  const lb = new Command("lb").description(
    "compare MetalLB's pools and load balancers with the ledger, and repair differences",
  );
  const reads = [
    ["pools", "list the pools of both sides in one table", "showPools"],
    ["orphans", "list load balancers without a record, and records without a load balancer", "showOrphans"],
    ["diff", "list the differences", "showDiff"],
  ] as const;
  for (const [name, description, does] of reads) {
    lb.addCommand(
      ledgerCommand(name, description).action(async (options) =>
        (await import("./lb/look.ts"))[does](options),
      ),
    );
  }
  lb.addCommand(usageCommand());
  lb.addCommand(
    ledgerCommand("history", "list the writes to the ledger, with user and reason")
      .option("--limit <rows>", "maximum number of rows", parseCount, 50)
      .option("--all-clusters", "include all clusters of the ledger, and rows without a cluster")
      .action(async (options) => (await import("./lb/look.ts")).showHistory(options)),
  );
  lb.addCommand(
    ledgerCommand("lookup", "print the pool of the ledger that contains an IP, and its user")
      .argument("<ip>", "an IPv4 or IPv6 address")
      .action(async (ip, options) => (await import("./lb/lookup.ts")).lookUp(ip, options)),
  );
  lb.addCommand(resolveCommand());
  for (const command of actions()) lb.addCommand(command);
  return lb;
}

function usageCommand(): Command {
  return withLedgerOptions(new Command("usage"))
    .description("list the recorded usage of addresses by load balancers, now or in a period")
    .option("--from <time>", "start of the period, inclusive: a day (in UTC) or a time", parseInstant)
    .option("--to <time>", "end of the period, exclusive", parseInstant)
    .option(
      "--state <states>",
      `comma-separated list of ${USAGE_STATES.join(", ")}. Defaults to the states in use, or with a period to all`,
      parseStates,
    )
    .addOption(
      new Option("-o, --output <format>", "output format, for people, programs, a ticket, or a bill")
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
  throw new InvalidArgumentError(`It must be a comma-separated list of ${USAGE_STATES.join(", ")}.`);
}

function actions(): readonly Command[] {
  const act = () => import("./lb/act.ts");
  return [
    ledgerCommand("plan", "create and store a plan that repairs the differences")
      .addOption(modeOption("sync"))
      .addOption(confirmOption())
      .option("--out <file>", "also write the plan to this file")
      .action(async (options) => (await act()).makeAndSavePlan(options)),
    ledgerCommand("apply", "apply a stored plan")
      .argument("<plan>", "ID or file of the plan")
      .addOption(confirmOption())
      .action(async (plan, options) => (await act()).applySavedPlan(plan, options)),
    ledgerCommand("repair", "create a plan and apply it")
      .addOption(modeOption("sync"))
      .addOption(confirmOption())
      .option("--dry-run", "print the plan without applying it", false)
      .action(async (options) => (await act()).repair(options)),
    withWatchOptions(
      ledgerCommand("sync", "compare both sides, and repair differences as far as the mode allows"),
    ).action(async (options) => (await act()).sync(options)),
  ];
}

function withWatchOptions(command: Command): Command {
  return command
    .addOption(modeOption())
    .option("--once", "compare once (the default)")
    .addOption(
      new Option("--watch", "compare on every change and periodically, until stopped").conflicts("once"),
    )
    .option(
      "--metrics-bind-address <address>",
      "with --watch: address for /metrics, /healthz and /readyz",
      parseBindAddress,
    )
    .option(
      "--metrics-cert <file>",
      "PEM file with the certificate for --metrics-bind-address, which is then served over TLS; reloaded when it changes",
    )
    .option("--metrics-key <file>", "PEM file with the private key for --metrics-cert")
    .option(
      "--leader-election-namespace <name>",
      "with --watch: enable leader election with a Lease in this namespace",
    )
    .option(
      "--webhook-bind-address <address>",
      "with --watch: address for admission reviews of Services",
      parseBindAddress,
    )
    .option("--webhook-cert <file>", "PEM file with the certificate of the webhook; reloaded when it changes")
    .option("--webhook-key <file>", "PEM file with the private key of the webhook")
    .addOption(
      new Option("--webhook-policy <policy>", "response to a requested address that no ledger pool contains")
        .choices(["warn", "refuse"])
        .default("warn"),
    );
}

/** @param preset the default if the settings do not define a mode */
function modeOption(preset?: string): Option {
  const otherwise = preset === undefined ? "that of the settings" : `that of the settings, or ${preset}`;
  return new Option("--mode <mode>", `permitted changes. Defaults to ${otherwise}`).choices(MODES);
}

function confirmOption(): Option {
  return new Option("--confirm <guard...>", "guard to override for this run").choices(CONFIRMABLE);
}

function resolveCommand(): Command {
  return ledgerCommand(
    "resolve",
    "resolve a difference that no plan can resolve; without a subject, list these differences",
  )
    .argument(
      "[subject]",
      "subject as printed by `lb resolve` or `lb diff`; `cluster`: this cluster gets the name in --cluster",
    )
    .option("--pool <name>", "the pool that the address belongs to, if several contain it")
    .option("--accept", "accept the difference as long as it is unchanged")
    .option("--release", "release the record: the load balancer no longer exists in the cluster")
    .option("--keep <key>", "the row of the pool to keep, if there are several")
    .option("--reason <text>", "reason, for the audit log", "decided by hand")
    .action(async (subject, options) => (await import("./lb/resolve.ts")).resolve(subject, options));
}

function ledgerCommand(name: string, description: string): Command {
  return withLedgerOptions(new Command(name)).description(description).addOption(tableFormatOption());
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number of at least 1.");
}
