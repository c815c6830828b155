/** `plexaubnet lb usage`: which load balancers the ledger records, now or in a period, for people and for a bill. */
import { formatInstant, type Ledger, type Usage, type UsageState } from "../../balancers/ledger/index.ts";
import { defined } from "../../kernel/index.ts";
import { CommandFailure } from "../failure.ts";
import { printTable } from "../ledger/print-table.ts";
import { type LedgerOptions, withLedger } from "../ledger/session.ts";
import type { TableFormat } from "../ledger/table-format.ts";
import { csvLines, intervalsOf, type Period, type USAGE_STATES, type UsageInterval } from "./usage-report.ts";

export interface UsageOptions extends LedgerOptions {
  readonly output: TableFormat | "csv";
  /** Milliseconds since the epoch. */
  readonly from?: number;
  readonly to?: number;
  /** Default: those that are open; with a period all. */
  readonly state?: readonly (typeof USAGE_STATES)[number][];
}

export function showUsage(options: UsageOptions): Promise<void> {
  const { from: fromMs, to: toMs } = options;
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new CommandFailure("--from must be before --to: the period is empty.");
  }
  return withLedger(options, async (ledger, { settings }) => {
    const { systemClock } = await import("../../kernel/index.ts");
    const period: Period = { fromMs, toMs };
    const usages = await usagesIn(ledger, settings.cluster, period, options.state);
    const pools = new Map((await ledger.pools(settings.cluster)).map(({ id, name }) => [id, name]));
    const nameOf = (usage: Usage) =>
      (usage.poolId === undefined ? undefined : pools.get(usage.poolId)) ?? usage.poolName;
    const intervals = intervalsOf(usages, period, systemClock.now(), nameOf);
    if (options.output === "csv") {
      // The reader may have closed the pipe.
      process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") throw error;
      });
      for (const line of csvLines(intervals)) process.stdout.write(line);
      return;
    }
    printIntervals(options.output, intervals, usages, options);
  });
}

async function usagesIn(
  ledger: Ledger,
  cluster: string,
  { fromMs, toMs }: Period,
  wanted: UsageOptions["state"],
): Promise<Usage[]> {
  const isNow = fromMs === undefined && toMs === undefined;
  if (isNow && wanted === undefined) return (await ledger.usages(cluster)).sort(byName);
  const states = wanted?.includes("all") ? undefined : (wanted as readonly UsageState[] | undefined);
  return ledger.intervals(cluster, {
    ...defined({
      from: fromMs === undefined ? undefined : formatInstant(fromMs),
      to: toMs === undefined ? undefined : formatInstant(toMs),
      states,
    }),
  });
}

function byName(a: Usage, b: Usage): number {
  const key = ({ namespace, service, ip }: Usage) => `${namespace}/${service}/${ip}`;
  return key(a) < key(b) ? -1 : 1;
}

function printIntervals(
  format: TableFormat,
  intervals: readonly UsageInterval[],
  usages: readonly Usage[],
  { from, to, state }: UsageOptions,
): void {
  const isNow = from === undefined && to === undefined && state === undefined;
  const unpooled = new Set(usages.filter(({ poolId }) => poolId === undefined).map(({ ip }) => ip));
  const count = `${intervals.length} ${intervals.length === 1 ? "record" : "records"}.`;
  printTable(format, {
    header: ["STATE", "IP", "SERVICE", "POOL", ...(isNow ? ["FIRST SEEN"] : ["FROM", "TO"])],
    rows: intervals.map((one) => [
      one.state,
      one.ip,
      `${one.namespace}/${one.service}`,
      one.state === "discovered" && unpooled.has(one.ip) ? `${one.pool} (not in the ledger)` : one.pool,
      one.from,
      ...(isNow ? [] : [one.to || "-"]),
    ]),
    styles: intervals.map((one) =>
      one.state === "active" ? undefined : one.state === "released" ? "dim" : "warn",
    ),
    notes: [count],
    data: isNow ? usages : intervals,
  });
}
