/** CSV with any columns: of a spreadsheet, NetBox, phpIPAM, or an export of ours. */
import { defined } from "../../kernel/index.ts";
import { rangeText } from "../block.ts";
import type { ColumnField } from "../formats.ts";
import { type Fault, MOST_ROWS, type OwnRecord, type Reading, type Row, UnreadableSource } from "../row.ts";
import { type Columns, chooseColumns, isBlockLike } from "./columns.ts";
import { type CsvRecord, csvRecords } from "./csv-records.ts";
import { isRest, kindOf, ownRecordOf, recordInComments, shapeOf } from "./meaning.ts";

export interface CsvOptions {
  readonly delimiter?: string | undefined;
  /** Field → heading, or number counted from 1. */
  readonly columns?: ReadonlyMap<string, string>;
}

const SAMPLE_ROWS = 50;
/** Longer than any remark; annotations of one object have 256 KiB together. */
const MOST_CELL = 4096;
/** What stands in a cell for nothing. */
const NOTHING = new Set(["", "-", "–", "—", "null", "none", "n/a"]);

/** Before what a spreadsheet would take for a formula, an export of ours puts a quote. */
const SHIELD = /^'(?=['=+\-@\t\r])/;

/** @throws UnreadableSource when nothing can be read of it. */
export function readCsv(text: string, file: string, options: CsvOptions = {}): Reading {
  const { records, endsWithLine, delimiter } = csvRecords(text, file, options.delimiter);
  const { headings, body, notes } = withoutTitles(records, file);
  if (body.length === 0) throw new UnreadableSource(`${file} has a heading and no row: export it again.`);
  const sample = body.slice(0, SAMPLE_ROWS).map(({ cells }) => cells);
  const chosen = chooseColumns(headings, sample, options.columns ?? new Map());
  if (!chosen.ok) throw new UnreadableSource(`${file}: ${chosen.error}.`);
  const { columns, choices } = chosen.value;
  const rows: Row[] = [];
  const faults: Fault[] = [];
  for (const record of body) {
    const isCut = !endsWithLine && record === body.at(-1);
    const fault = faultOfRecord(record, headings.length, columns, file, isCut);
    if (fault !== undefined) faults.push(fault);
    else rows.push(...rowOf(record, columns, file));
  }
  if (body.length > MOST_ROWS)
    throw new UnreadableSource(`${file} has more than ${MOST_ROWS} rows: split it.`);
  return { format: formatName(columns, delimiter), rows, faults, notes, columns: choices };
}

function formatName(columns: Columns, delimiter: string): string {
  if (columns.has("more")) return "an export of Plexaubnet in CSV";
  const between = { ",": "", ";": " with semicolons", "\t": " with tabs", "|": " with bars" }[delimiter];
  return `CSV${between ?? ` with ${JSON.stringify(delimiter)}`}`;
}

interface Table {
  readonly headings: readonly string[];
  readonly body: readonly CsvRecord[];
  readonly notes: readonly string[];
}

/** Lines of one cell above the table are titles; a first row with a block in it is not a heading. */
function withoutTitles(records: readonly CsvRecord[], file: string): Table {
  const filled = ({ cells }: CsvRecord) => cells.filter((cell) => cell !== "").length;
  let first = 0;
  const isTitle = (at: number) => {
    const record = records[at];
    const next = records[at + 1];
    return record !== undefined && next !== undefined && filled(record) === 1 && filled(next) > 1;
  };
  while (isTitle(first) && !(records[first]?.cells ?? []).some(isBlockLike)) first++;
  const head = records[first];
  if (head === undefined) throw new UnreadableSource(`${file} has no row: name another file.`);
  const notes = first === 0 ? [] : [`${file}:${records[0]?.line} is a title, and not read.`];
  if (!head.cells.some(isBlockLike)) return { headings: head.cells, body: records.slice(first + 1), notes };
  const headings = head.cells.map((_, at) => `column ${at + 1}`);
  return { headings, body: records.slice(first), notes: [...notes, `${file} has no heading.`] };
}

/** Every cell that is read has to be there: the rest of a truncated row is unknown. */
function faultOfRecord(
  { cells, line, lastLine }: CsvRecord,
  width: number,
  columns: Columns,
  file: string,
  isCut: boolean,
): Fault | undefined {
  const origin = { file, line };
  const where = lastLine > line ? `the row that goes on to line ${lastLine}` : "the row";
  const needed = [...columns].filter(([field]) => !isRemark(field)).map(([, at]) => at + 1);
  if (cells.length < (isCut ? width : Math.max(...needed)))
    return {
      kind: "half-row",
      origin,
      message: `${where} has ${cells.length} of ${width} cells${isCut ? ", and the source ends in it" : ""}`,
      cure: isCut ? "fetch the source again, or end its last line" : "fill in the rest, or take it out",
    };
  if (cells.slice(width).some((cell) => cell !== ""))
    return {
      kind: "half-row",
      origin,
      message: `${where} has ${cells.length} cells, and the heading ${width}`,
      cure: "put a cell with a delimiter in it between double quotes",
    };
  const more = columns.get("more");
  if (more !== undefined && !isRest(cells[more]))
    return {
      kind: "unreadable",
      origin,
      message: `cell ${more + 1} is not the JSON that \`plexaubnet export\` writes there`,
      cure: "take it from the export again, or empty it",
    };
  const long = cells.findIndex((cell, at) => cell.length > MOST_CELL && [...columns.values()].includes(at));
  if (long < 0 || more === long || columns.get("comments") === long) return undefined;
  return {
    kind: "too-long",
    origin,
    message: `cell ${long + 1} has ${cells[long]?.length} characters, and at most ${MOST_CELL} are taken`,
    cure: "shorten it",
  };
}

function isRemark(field: ColumnField): boolean {
  return field === "description" || field === "comments";
}

function rowOf({ cells, line }: CsvRecord, columns: Columns, file: string): Row[] {
  const isOwn = columns.has("more");
  const read = (field: ColumnField): string | undefined => {
    const at = columns.get(field);
    const cell = at === undefined ? "" : (cells[at] ?? "");
    if (isOwn) return cell === "" ? undefined : cell.replace(SHIELD, "");
    const small = cell.toLowerCase();
    // So NetBox writes that a prefix is in no VRF.
    return NOTHING.has(small) || (field === "vrf" && small === "global") ? undefined : cell;
  };
  const [kind, status] = [read("kind"), read("status")];
  if (kindOf(kind) === "free") return [];
  const own = ownOf(read);
  const owner = read("cluster") ?? read("owner") ?? read("tenant");
  const shape = shapeOf(kind) ?? shapeOf(status) ?? (columns.has("rir") ? "pool" : undefined);
  const texts = {
    owner,
    vrf: read("vrf"),
    name: read("name"),
    role: read("role") ?? (kind !== undefined && shapeOf(kind) === undefined ? kind : undefined),
    status,
    description: read("description"),
    shape,
    own,
  };
  const isAggregate = columns.has("rir") || kindOf(kind) === "aggregate";
  const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
  return [
    {
      origin: { file, line },
      block: blockText(read),
      ...given,
      ...defined({ isAggregate: isAggregate || undefined }),
    },
  ];
}

function blockText(read: (field: ColumnField) => string | undefined): string {
  const [cidr = "", mask, start, end] = [read("cidr"), read("mask"), read("start"), read("end")];
  if (start !== undefined && end !== undefined && cidr === "") return rangeText(start, end);
  if (cidr === "" || mask === undefined || /[/-]/.test(cidr)) return cidr;
  return `${cidr}/${mask.replace(/^\//, "")}`;
}

function ownOf(read: (field: ColumnField) => string | undefined): OwnRecord | undefined {
  const inComments = recordInComments(read("comments"));
  if (inComments !== undefined) return inComments;
  return ownRecordOf({
    kind: read("kind"),
    namespace: read("namespace"),
    name: read("name"),
    pool: read("pool"),
    clusterID: read("cluster"),
    purpose: read("purpose"),
    more: read("more"),
  });
}
