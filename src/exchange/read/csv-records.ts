/** Text of CSV as records of cells, each with the lines that it stands on. */
import { CsvError, parse } from "csv-parse/sync";
import { MOST_ROWS, UnreadableSource } from "../row.ts";

export interface CsvRecord {
  readonly cells: readonly string[];
  /** Of its first and its last line, counted from 1. */
  readonly line: number;
  readonly lastLine: number;
}

export interface CsvText {
  readonly records: readonly CsvRecord[];
  readonly delimiter: string;
  /** False where the source breaks off in a line. */
  readonly endsWithLine: boolean;
}

const DELIMITERS = [",", ";", "\t", "|"] as const;
const SAMPLE_LINES = 30;
/** A record of more bytes has an unclosed quote. */
const MOST_RECORD_BYTES = 256 * 1024;

/** @throws UnreadableSource naming the line of a quote that is never closed, or more rows than a plan has. */
export function csvRecords(source: string, file: string, delimiter?: string): CsvText {
  // The parser counts a line break of two characters twice where it stands in quotes.
  const text = source.replace(/\r\n?/g, "\n");
  const [, declared = ""] = /^sep=(.)\n/.exec(text) ?? [];
  const used = delimiter ?? (declared === "" ? guessDelimiter(text) : declared);
  const parsed = parseRecords(text, file, used);
  const records = parsed.map(({ record, info }): CsvRecord => {
    const breaks = record.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
    return { cells: record.map((cell) => cell.trim()), line: info.lines - breaks, lastLine: info.lines };
  });
  if (records.length > MOST_ROWS)
    throw new UnreadableSource(`${file} has more than ${MOST_ROWS} rows: split it, or name another file.`);
  const first = declared === "" ? 0 : 1;
  return {
    records: records.slice(first).filter(({ cells }) => cells.some((cell) => cell !== "")),
    delimiter: used,
    endsWithLine: text.endsWith("\n"),
  };
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function parseRecords(text: string, file: string, delimiter: string): Parsed[] {
  try {
    return parse(text, {
      delimiter,
      info: true,
      record_delimiter: "\n",
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: MOST_RECORD_BYTES,
      to: MOST_ROWS + 2,
    }) as unknown as Parsed[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UnreadableSource(refusalOf(error, text, file, delimiter));
  }
}

function refusalOf(error: CsvError, text: string, file: string, delimiter: string): string {
  const line = openQuoteLine(text, delimiter);
  if (line !== undefined)
    return `${file}:${line} opens a quote that is never closed: close it, or write the source again if it broke off.`;
  if (error.code === "CSV_MAX_RECORD_SIZE")
    return `${file} has a row of more than ${MOST_RECORD_BYTES} bytes: end its lines, or name another file.`;
  const { lines } = error as unknown as { readonly lines?: number };
  return `${file}${lines === undefined ? "" : `:${lines}`} is not CSV that can be read: ${error.message}.`;
}

/** The line of the first quote that opens a field and has no partner before the end, as far as is known. */
function openQuoteLine(text: string, delimiter: string): number | undefined {
  let line = 1;
  let openedAt: number | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\n") line++;
    if (character !== '"') continue;
    const before = text[at - 1] ?? "\n";
    const after = text[at + 1] ?? "\n";
    if (openedAt === undefined) {
      if (before === "\n" || before === delimiter) openedAt = line;
    } else if (after === '"') at++;
    else if (after === "\n" || after === delimiter) openedAt = undefined;
  }
  return openedAt;
}

/** The one that most lines have as often as the first line has it. */
function guessDelimiter(text: string): string {
  const lines = text.split("\n", SAMPLE_LINES + 1).filter((line) => line.trim() !== "");
  const bare = lines.map((line) => line.replace(/"(?:[^"]|"")*"/g, ""));
  let best: string = ",";
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const counts = bare.map((line) => line.split(delimiter).length - 1);
    const usual = Math.max(...counts.filter((count) => count === mostFrequent(counts)));
    const score = usual === 0 ? 0 : counts.filter((count) => count === usual).length * 100 + usual;
    if (score <= most) continue;
    most = score;
    best = delimiter;
  }
  return best;
}

function mostFrequent(counts: readonly number[]): number {
  const byCount = [...Map.groupBy(counts, (count) => count)];
  return byCount.toSorted(([a, as], [b, bs]) => bs.length - as.length || b - a)[0]?.[0] ?? 0;
}
