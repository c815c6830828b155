/**
 * How rows are printed: apart from what prints them, which needs the ledger and takes longer to load than most
 * commands to run.
 */
import { Option } from "commander";

export const TABLE_FORMATS = ["table", "json", "yaml", "markdown"] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

export function tableFormatOption(): Option {
  return new Option("-o, --output <format>", "output format, for people, programs, or a ticket")
    .choices(TABLE_FORMATS)
    .default("table");
}
