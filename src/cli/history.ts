/** `plexaubnet history WHAT`: who held a block from when to when, and every decision about it. */
import { Command, InvalidArgumentError, Option } from "commander";
import { HISTORY_FORMATS, type HistoryOptions } from "./history/history-options.ts";

const DEFAULT_LIMIT = 100;
const MOST = 100_000;

export function historyCommand(): Command {
  return new Command("history")
    .description("show who held a block from when to when, who requested it, and every decision about it")
    .argument(
      "[what]",
      "address, CIDR, or name of a pool, a cluster, a claim or a Subnet; pool/web, cluster/web, claim/web or subnet/web for one of them. Defaults to everything",
    )
    .option("--at <time>", "only what was held at this time: a day (2026-05-03), or a time with its zone")
    .option(
      "--since <time>",
      "list the decisions since this time, newest first: a day, a time with its zone, or how long ago (30m, 12h, 7d, 4w)",
    )
    .option("-n, --namespace <name>", "only this namespace")
    .option(
      "--history <address>",
      "address of the history: sqlite:PATH, mysql://… or postgres://…. Defaults to PLEXAUBNET_HISTORY, PLEXAUBNET_LEDGER, or .plexaubnet/history.db",
    )
    .option("--limit <number>", "maximum number of rows", parseLimit, DEFAULT_LIMIT)
    .addOption(
      new Option("-o, --output <format>", "output format: table for people, json, yaml or csv for programs")
        .choices(HISTORY_FORMATS)
        .default("table"),
    )
    .option(
      "--verify",
      "check that no row was changed, deleted, inserted or moved; name the first one, with exit code 1",
      false,
    )
    .option(
      "--anchor <seq:hash>",
      "with --verify: number and hash of a row, as an earlier --verify printed them, to detect a history that was written again",
    )
    .addHelpText(
      "after",
      `
The history contains what the API showed. Where something was missed, for example while the operator was down for longer than the API
keeps changes, it names the gap.`,
    )
    .action(async (what: string | undefined, options: HistoryOptions) => {
      const { showHistory } = await import("./history/show-history.ts");
      await showHistory(what, options);
    });
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text) && Number(text) <= MOST) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST}.`);
}
