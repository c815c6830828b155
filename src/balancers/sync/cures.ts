/** What ends each difference that a plan leaves: the command for it, and what it decides. Pure. */

import { alike } from "./compare.ts";
import type { DriftRow } from "./drift.ts";
import { CONFIRMABLE } from "./guards.ts";
import type { SyncPlan } from "./plan-step.ts";

export interface Cure {
  readonly row: DriftRow;
  /** Why no plan ends it automatically. */
  readonly message: string;
  /** To be typed as it is, except for what is in capitals. */
  readonly command: string;
}

/** One for each difference that is there after the steps of the plan, in the order of the differences. */
export function curesFor({ drift, steps, heldBack, refused, mode }: SyncPlan, namespace: string): Cure[] {
  const ended = new Set(steps.flatMap(({ driftId, ends = [] }) => [driftId, ...ends]));
  const stopped = new Map(
    refused.flatMap(({ step, ...verdict }) =>
      [step.driftId, ...(step.ends ?? [])].map((id) => [id, verdict] as const),
    ),
  );
  const held = new Set(heldBack.flatMap(({ driftId, ends = [] }) => [driftId, ...ends]));
  const twice = new Set(
    drift.flatMap(({ kind, subject }) => (kind === "pool-twice-in-ledger" ? [alike(subject)] : [])),
  );
  return drift.flatMap((row): Cure[] => {
    // Nothing of it is repaired as long as it is not clear which row is meant.
    if (twice.has(alike(row.subject))) return [{ row, message: row.message, command: keepRow(row) }];
    const stop = stopped.get(row.id);
    if (stop !== undefined) {
      const { guard, message, command = commandForGuard(guard, row, namespace) } = stop;
      return [{ row, message, command }];
    }
    if (ended.has(row.id)) return [];
    if (held.has(row.id)) {
      const message = `the mode ${mode} holds it back.`;
      return [{ row, message, command: "plexaubnet lb repair --mode sync" }];
    }
    return [{ row, message: row.message, command: commandFor(row, namespace) }];
  });
}

function commandForGuard(guard: string, row: DriftRow, namespace: string): string {
  if (guard in CONFIRMABLE) return `plexaubnet lb repair --confirm ${guard}`;
  if (guard === "ambiguous-pool" && row.subject.startsWith("service/")) return commandFor(row, namespace);
  if (guard === "ambiguous-pool") return editPool(row, namespace);
  return commandFor(row, namespace);
}

function editPool({ subject }: DriftRow, namespace: string): string {
  return `kubectl -n ${namespace} edit ipaddresspool ${subject.replace("pool/", "")}`;
}

function keepRow({ subject }: DriftRow): string {
  return `plexaubnet lb resolve ${subject} --keep KEY`;
}

function commandFor(row: DriftRow, namespace: string): string {
  const resolve = `plexaubnet lb resolve ${row.subject}`;
  switch (row.kind) {
    case "ip-in-two-pools":
      return `${resolve} --pool NAME`;
    case "usage-unrecorded":
      return row.ledger === "discovered" || row.pool === undefined
        ? `${resolve} --pool NAME`
        : "plexaubnet lb repair";
    case "ip-used-twice":
    case "ip-outside-every-pool":
      return `${resolve} --accept`;
    case "range-unreadable":
      return row.cluster === undefined ? editPool(row, namespace) : `${resolve} --accept`;
    case "usage-gone":
      return `${resolve} --release`;
    case "pool-twice-in-ledger":
      return keepRow(row);
    default:
      return "plexaubnet lb repair";
  }
}
