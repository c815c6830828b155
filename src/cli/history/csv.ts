/** Records as CSV (RFC 4180), with a line of names. */
import { csvCell } from "../lb/usage-report.ts";
import type { FlatRecord } from "./report.ts";

export function* csvLines(records: readonly FlatRecord[]): Generator<string> {
  const columns = Object.keys(records[0] ?? {});
  if (columns.length > 0) yield `${columns.join(",")}\r\n`;
  for (const record of records)
    yield `${columns.map((column) => csvCell(record[column] ?? "")).join(",")}\r\n`;
}

export function printCsv(records: readonly FlatRecord[]): void {
  // The reader may have closed the pipe.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  for (const line of csvLines(records)) process.stdout.write(line);
}
