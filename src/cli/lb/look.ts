/**
 * The commands that look: both sides beside each other, usage, orphans, differences, history. They write nothing.
 * Exit code 2 where they find a difference.
 */
import type { LedgerPool } from "../../balancers/ledger/index.ts";
import {
  type ClusterPool,
  canonicalRanges,
  type DriftRow,
  type PlanStep,
  previewPlan,
  rangesText,
  type Sides,
  type SyncPlan,
} from "../../balancers/sync/index.ts";
import { printTable, type Table } from "../ledger/print-table.ts";
import { type LedgerOptions, type Session, withLedger, withSession } from "../ledger/session.ts";
import type { TableFormat } from "../ledger/table-format.ts";

export interface LookOptions extends LedgerOptions {
  readonly output: TableFormat;
  readonly limit?: number;
}

/** The exit code for "something differs". */
export const DRIFT_EXIT_CODE = 2;

export function exitFor(drift: readonly unknown[]): void {
  if (drift.length > 0) process.exitCode = DRIFT_EXIT_CODE;
}

async function preview({ context }: Session): Promise<{ sides: Sides; plan: SyncPlan; notes: string[] }> {
  const { sides, plan, doubt } = await previewPlan(context);
  return { sides, plan, notes: doubt === undefined ? [] : [doubt] };
}

export function showDiff(options: LookOptions): Promise<void> {
  return withSession(options, async (session) => {
    const { plan, notes } = await preview(session);
    printTable(options.output, driftTable(plan.drift, notes));
    exitFor(plan.drift);
  });
}

export function driftTable(drift: readonly DriftRow[], notes: readonly string[] = []): Table {
  const count =
    drift.length === 0
      ? "Ledger and cluster are in sync."
      : `${drift.length} ${drift.length === 1 ? "difference" : "differences"}.`;
  return {
    header: ["KIND", "SUBJECT", "FIELD", "LEDGER", "CLUSTER"],
    rows: drift.map(({ kind, subject, field, ledger, cluster }) => [
      kind,
      subject,
      field || "-",
      ledger ?? "-",
      cluster ?? "-",
    ]),
    notes: [count, ...notes],
    data: drift,
  };
}

export function showPools(options: LookOptions): Promise<void> {
  return withSession(options, async (session) => {
    const { sides, notes } = await preview(session);
    const names = [
      ...new Set([...sides.ledger.pools, ...sides.cluster.pools].map(({ name }) => name)),
    ].sort();
    const pairs = names.map((name) => ({
      name,
      ledger: sides.ledger.pools.find((pool) => pool.name === name),
      cluster: sides.cluster.pools.find((pool) => pool.name === name),
    }));
    const marked = pairs.map((pair) => ({ ...pair, differs: differences(pair.ledger, pair.cluster) }));
    printTable(options.output, {
      header: ["", "POOL", "LEDGER", "CLUSTER", "DIFFERS IN"],
      rows: marked.map(({ name, ledger, cluster, differs }) => [
        differs.length === 0 ? "=" : "≠",
        name,
        poolText(ledger),
        poolText(cluster),
        differs.join(", ") || "-",
      ]),
      styles: marked.map(({ differs }) => (differs.length === 0 ? undefined : "warn")),
      notes,
      data: marked,
    });
    exitFor(marked.filter(({ differs }) => differs.length > 0));
  });
}

function poolText(pool: LedgerPool | ClusterPool | undefined): string {
  return pool === undefined ? "-" : rangesText(pool.ranges);
}

function differences(ledger: LedgerPool | undefined, cluster: ClusterPool | undefined): string[] {
  if (ledger === undefined || cluster === undefined) return ["existence"];
  const found = canonicalRanges(ledger.ranges) === canonicalRanges(cluster.ranges) ? [] : ["ranges"];
  const flags = (["autoAssign", "avoidBuggyIPs"] as const).filter(
    (field) => ledger[field] !== undefined && ledger[field] !== cluster[field],
  );
  return [...found, ...flags];
}

const ORPHANS = ["usage-unrecorded", "usage-gone", "ip-outside-every-pool"];

export function showOrphans(options: LookOptions): Promise<void> {
  return withSession(options, async (session) => {
    const { plan, notes } = await preview(session);
    const orphans = plan.drift.filter(({ kind }) => ORPHANS.includes(kind));
    printTable(options.output, {
      header: ["KIND", "SUBJECT", "WHAT IS WRONG"],
      rows: orphans.map(({ kind, subject, message }) => [kind, subject, message]),
      notes: [
        orphans.length === 0
          ? "Every load balancer has its record, and every record its load balancer."
          : `${orphans.length} found.`,
        ...notes,
      ],
      data: orphans,
    });
    exitFor(orphans);
  });
}

export interface HistoryOptions extends LookOptions {
  readonly allClusters?: boolean;
}

export function showHistory(options: HistoryOptions): Promise<void> {
  return withLedger(options, async (ledger, { settings }) => {
    const isAll = options.allClusters === true;
    const rows = await ledger.audit({
      limit: options.limit ?? 50,
      ...(!isAll && { cluster: settings.cluster }),
    });
    const cluster = isAll ? ["CLUSTER"] : [];
    printTable(options.output, {
      header: ["TIME", ...cluster, "WHO", "WHAT", "SUBJECT", "WHY"],
      rows: rows.map((row) => [
        row.at,
        ...(isAll ? [row.cluster ?? "-"] : []),
        row.actor,
        row.action,
        row.subject,
        row.reason,
      ]),
      notes: rows.length === 0 ? [`There are no writes for the cluster ${settings.cluster}.`] : [],
      data: rows,
    });
  });
}

export function planTable(plan: SyncPlan): Table {
  const text = ({ side, does, subject, message }: PlanStep, id: string, what: string) => [
    id,
    what,
    side,
    does,
    subject,
    message,
  ];
  const rows = [
    ...plan.steps.map((step) => text(step, step.id, "do")),
    ...plan.heldBack.map((step) => text(step, step.id, `held back by mode ${plan.mode}`)),
    ...plan.refused.map(({ step, guard, message }) =>
      text({ ...step, message }, step.id, `stopped by guard ${guard}`),
    ),
  ];
  const ended = new Set(plan.steps.flatMap(({ driftId, ends = [] }) => [driftId, ...ends]));
  const left = plan.drift.filter(({ id }) => !ended.has(id)).length;
  return {
    header: ["STEP", "WHAT", "SIDE", "DOES", "SUBJECT", "BECAUSE"],
    rows,
    styles: [
      ...plan.steps.map(() => undefined),
      ...plan.heldBack.map(() => "dim" as const),
      ...plan.refused.map(() => "warn" as const),
    ],
    notes: [
      plan.drift.length === 0
        ? "Nothing to do: ledger and cluster are in sync."
        : `${plan.steps.length} to do, ${plan.heldBack.length} held back, ${plan.refused.length} stopped.`,
      ...(left > 0
        ? [
            `${left} ${left === 1 ? "difference" : "differences"} will remain: run \`plexaubnet lb resolve\` to list how to resolve each.`,
          ]
        : []),
    ],
    data: plan,
  };
}
