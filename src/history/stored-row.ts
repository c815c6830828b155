/** A row as it was written, from what a driver returns: keys are numbers in some, and text in others. */
import type { HistoryRow } from "./row.ts";

export function fullRow(row: HistoryRow): HistoryRow {
  return { ...row, seq: Number(row.seq), life: Number(row.life) };
}
