/** A line of CSV: RFC 4180, with line feeds. */

/** A spreadsheet would take it for a formula, and run it. */
const FORMULA = /^(?=['=+\-@\t\r])/;

export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\n\r]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")}\n`;
}

/** What no spreadsheet runs. Reading it back drops the apostrophe. */
export function inertCell(cell: string): string {
  return cell.replace(FORMULA, "'");
}
