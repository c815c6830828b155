/**
 * What people have decided of differences that no plan can end: kept in the ledger, valid as long as what was decided about
 * is as it was. Pure.
 */
import type { Decision } from "../ledger/index.ts";
import type { DriftKind, DriftRow } from "./drift.ts";
import type { Sides } from "./sides.ts";

/** Kinds that a decision can end, and its text. */
export const DECIDABLE: readonly DriftKind[] = [
  "ip-in-two-pools",
  "ip-used-twice",
  "ip-outside-every-pool",
  "range-unreadable",
];

/** What a decision about this row is filed under. */
export function decisionSubject({ subject, field }: Pick<DriftRow, "subject" | "field">): string {
  return field === "" ? subject : `${subject}:${field}`;
}

/** What a decision to leave a difference as it is holds for: another value is another difference. */
export function acceptedValue({ kind, cluster, ledger }: DriftRow): string {
  return kind === "ip-used-twice" || kind === "ip-outside-every-pool"
    ? (cluster ?? "")
    : (ledger ?? cluster ?? "");
}

export interface Decisions {
  /** The row is as it was when it was accepted. */
  isAccepted(row: DriftRow): boolean;
  /** Which of several pools has the address. */
  chosenPool(ip: string): string | undefined;
  /** A range that cannot be read, and is left out. */
  isIgnored(pool: string, text: string): boolean;
}

const NONE: Decisions = {
  isAccepted: () => false,
  chosenPool: () => undefined,
  isIgnored: () => false,
};

export function decisionsIn({ ledger: { decisions = [] } }: Sides): Decisions {
  if (decisions.length === 0) return NONE;
  const byKey = new Map(decisions.map((one: Decision) => [`${one.kind} ${one.subject}`, one.choice]));
  const chosen = new Map(
    decisions.flatMap(({ kind, subject, choice }) =>
      kind === "ip-in-two-pools" ? [[subject.split("/").at(-1) ?? "", choice] as const] : [],
    ),
  );
  return {
    isAccepted: (row) =>
      row.kind !== "ip-in-two-pools" &&
      DECIDABLE.includes(row.kind) &&
      byKey.get(`${row.kind} ${decisionSubject(row)}`) === acceptedValue(row),
    chosenPool: (ip) => chosen.get(ip),
    isIgnored: (pool, text) => byKey.has(`range-unreadable pool/${pool}:${text}`),
  };
}
