/** A list of requests: CSV with headings, a list of YAML or JSON, or phrases, one a line. */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { err, ok, type Result } from "../../kernel/index.ts";
import { type DecodeFailure, decodeText } from "../decode-text.ts";
import { csvRecords } from "../read/csv-records.ts";
import { yamlFailureText } from "../read/yaml-failure.ts";
import { type Fault, type Origin, UnreadableSource } from "../row.ts";
import { type Fields, fieldOf, phraseFields, REQUEST_FIELDS, requestOf } from "./request-fields.ts";
import type { RequestList, RequestRow } from "./request-row.ts";

/** @throws UnreadableSource when nothing can be read of it. */
export function readRequests(bytes: Uint8Array, file: string): Result<RequestList, DecodeFailure> {
  const decoded = decodeText(bytes);
  if (!decoded.ok) return err(decoded.error);
  const { text, encoding } = decoded.value;
  const list = readText(text, file);
  if (list.rows.length + list.faults.length === 0)
    throw new UnreadableSource(`${file} has no request: write one a line, as in "3 x /24 for regions".`);
  return ok(encoding === "UTF-8" ? list : { ...list, notes: [`${file} is in ${encoding}.`, ...list.notes] });
}

function readText(text: string, file: string): RequestList {
  if (/^\s*(\[|\{|---|requests\s*:|-\s)/.test(text.replace(/^\s*(#.*\n\s*)*/, "")))
    return readYaml(text, file);
  const lines = text.split(/\r\n?|\n/).map((line) => line.replace(/#.*$/, "").trim());
  const filled = lines.filter((line) => line !== "");
  return filled.length > 0 && filled.every((line) => phrasesIn(line).length > 0)
    ? readPhrases(lines, file)
    : readSheet(text, file);
}

// ── phrases ────────────────────────────────────────────────────────────────────────────────────────────────

/** Of a line with several, all; none when one of them is none. */
function phrasesIn(line: string): readonly Fields[] {
  const found = line.split(/,\s+|;\s*/).map((part) => phraseFields(part.replace(/^and\s+/, "")));
  return found.every((fields) => fields !== undefined) ? (found as Fields[]) : [];
}

function readPhrases(lines: readonly string[], file: string): RequestList {
  return collected(
    lines.flatMap((line, at) =>
      phrasesIn(line).map((fields) => ({ fields, origin: { file, line: at + 1 } })),
    ),
  );
}

// ── CSV ────────────────────────────────────────────────────────────────────────────────────────────────────

function readSheet(text: string, file: string): RequestList {
  const { records, endsWithLine } = csvRecords(text, file);
  const [heading, ...body] = records;
  const fields = heading?.cells.map(fieldOf) ?? [];
  if (!fields.some((field) => field !== undefined && ["size", "cidr", "cluster", "pool"].includes(field)))
    throw new UnreadableSource(
      `${file} has no heading that names a request: write one line with some of ${REQUEST_FIELDS.join(", ")}.`,
    );
  const unused = heading?.cells.filter((cell, at) => cell !== "" && fields[at] === undefined) ?? [];
  const list = collected(
    body.map(({ cells, line }, at) => {
      const origin = { file, line };
      const isHalf = cells.length < fields.length && !endsWithLine && at === body.length - 1;
      if (isHalf) return { fault: halfRow(origin) };
      if (cells.length > fields.length) return { fault: wideRow(origin, cells.length, fields.length) };
      return { origin, fields: namedCells(fields, cells) };
    }),
  );
  const notes =
    unused.length === 0 ? [] : [`Not used: ${unused.map((cell) => `column "${cell}"`).join(", ")}.`];
  return { ...list, notes };
}

function namedCells(fields: readonly (string | undefined)[], cells: readonly string[]): Fields {
  return Object.fromEntries(
    fields.flatMap((field, at) => {
      const cell = cells[at] ?? "";
      return field === undefined || cell === "" ? [] : [[field, cell]];
    }),
  );
}

function halfRow(origin: Origin): Fault {
  return { kind: "half-row", origin, message: "the file breaks off in this row", cure: "export it again" };
}

function wideRow(origin: Origin, cells: number, headings: number): Fault {
  const message = `the row has ${cells} cells under ${headings} headings`;
  return { kind: "half-row", origin, message, cure: "put texts with a separator into quotes" };
}

// ── YAML and JSON ──────────────────────────────────────────────────────────────────────────────────────────

function readYaml(text: string, file: string): RequestList {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [failure] = document.errors;
  if (failure !== undefined) {
    const { line } = lines.linePos(failure.pos[0]);
    throw new UnreadableSource(
      `${file}:${line} is neither YAML nor JSON: ${yamlFailureText(failure.message)}.`,
    );
  }
  const { contents } = document;
  const list = isMap(contents) ? contents.get("requests", true) : contents;
  if (!isSeq(list))
    throw new UnreadableSource(
      `${file} is not a list of requests: write "- size: 24", or a list under "requests:".`,
    );
  return collected(
    list.items.map((item) => {
      const [offset = 0] = (item as Node).range ?? [];
      const origin = { file, line: lines.linePos(offset).line };
      return fieldsOfItem(item, origin);
    }),
  );
}

function fieldsOfItem(item: unknown, origin: Origin): Entry {
  const fault = (message: string, cure: string): Entry => ({
    fault: { kind: "unreadable", origin, message, cure },
  });
  if (isScalar(item)) {
    const fields = phraseFields(String(item.value));
    return fields === undefined
      ? fault(`"${item.value}" is not a request`, 'write it as in "3 x /24 for regions"')
      : { origin, fields };
  }
  if (!isMap(item)) return fault("this is not a request", "write its fields, as in size: 24");
  const fields: Record<string, string> = {};
  for (const { key, value } of item.items) {
    const field = fieldOf(String(isScalar(key) ? key.value : ""));
    if (field === undefined)
      return fault(`${key} is not a field of a request`, `use ${REQUEST_FIELDS.join(", ")}`);
    if (!isScalar(value)) return fault(`${field} is not a text or a number`, "write one value");
    if (value.value !== null && String(value.value) !== "") fields[field] = String(value.value);
  }
  return { origin, fields };
}

// ── together ───────────────────────────────────────────────────────────────────────────────────────────────

type Entry = { readonly fault: Fault } | { readonly origin: Origin; readonly fields: Fields };

function collected(entries: readonly Entry[]): RequestList {
  const rows: RequestRow[] = [];
  const faults: Fault[] = [];
  for (const entry of entries) {
    if ("fault" in entry) {
      faults.push(entry.fault);
      continue;
    }
    const row = requestOf(entry.fields, entry.origin);
    if (row.ok) rows.push(row.value);
    else faults.push(row.error);
  }
  return { rows, faults, notes: [] };
}
