/** Rows for people, for programs, and for a ticket. */
import { markdownText } from "../../balancers/incidents/index.ts";
import { oneLine } from "../../kernel/index.ts";
import { print } from "../output.ts";
import { type Line, padToWidth, type Style, styled, textWidth } from "../screen/text.ts";
import type { TableFormat } from "./table-format.ts";

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Of each row; none: plain. */
  readonly styles?: readonly (Style | undefined)[];
  /** Lines below: what it comes to. */
  readonly notes?: readonly string[];
  /** Plain data. */
  readonly data: unknown;
}

export function printTable(format: TableFormat, table: Table): void {
  if (format === "markdown") process.stdout.write(markdownOf(table));
  else print(format, { lines: () => linesOf(table), data: () => table.data });
}

function linesOf({ header, rows, styles = [], notes = [] }: Table): readonly Line[] {
  const widths = header.map((title, at) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[at] ?? "")), title.length),
  );
  const text = (row: readonly string[]) =>
    row
      .map((cell, at) => padToWidth(cell, (widths[at] ?? 0) + 2))
      .join("")
      .trimEnd();
  const body = rows.map((row, at): Line => {
    const style = styles[at];
    return [style === undefined ? text(row) : styled(text(row), style)];
  });
  const head: readonly Line[] = rows.length === 0 ? [] : [[styled(text(header), "bold")]];
  return [...head, ...body, ...notes.map((note): Line => [note])];
}

function markdownOf({ header, rows, notes = [] }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(" | ")} |`;
  const table = rows.length === 0 ? [] : [line(header), line(header.map(() => "---")), ...rows.map(line), ""];
  return [...table, ...notes.map(oneLine), ""].join("\n");
}
