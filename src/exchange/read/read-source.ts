/** Which format a source has, and its rows. */

import { API_VERSION } from "../../api/index.ts";
import { err, ok, type Result } from "../../kernel/index.ts";
import { type DecodeFailure, decodeText } from "../decode-text.ts";
import type { SourceFormat } from "../formats.ts";
import { type Reading, UnreadableSource } from "../row.ts";
import { isAws, readAws } from "./aws.ts";
import { isBlockLike } from "./columns.ts";
import { type CsvOptions, readCsv } from "./csv.ts";
import { at, type JsonSource, listAt, parseJson, textAt } from "./json-source.ts";
import { isKubernetes, readKubernetes } from "./kubernetes.ts";
import { isNetbox, readNetbox } from "./netbox.ts";
import { isOwnPlan, readOwnPlan } from "./own-plan.ts";
import { isPhpipam, readPhpipam } from "./phpipam.ts";
import { readPlainList } from "./plain-list.ts";
import { isTerraform, readTerraform } from "./terraform.ts";

export interface SourceOptions extends CsvOptions {
  readonly format?: SourceFormat;
}

/** @throws UnreadableSource when nothing can be read of it. */
export function readSource(
  bytes: Uint8Array,
  file: string,
  options: SourceOptions = {},
): Result<Reading, DecodeFailure> {
  const decoded = decodeText(bytes);
  if (!decoded.ok) return err(decoded.error);
  const { text, encoding } = decoded.value;
  const reading = readText(text, file, options);
  if (encoding === "UTF-8") return ok(reading);
  return ok({ ...reading, notes: [`${file} is in ${encoding}.`, ...reading.notes] });
}

export function readText(text: string, file: string, options: SourceOptions): Reading {
  const { format = "auto" } = options;
  if (format === "csv") return readCsv(text, file, options);
  if (format === "list") return readPlainList(text, file);
  const isJson = /^\s*[[{]/.test(text);
  if (isJson || format !== "auto") return readJson(parseJson(text, file), format);
  refuseYaml(text, file);
  return isList(text) && options.columns === undefined
    ? readPlainList(text, file)
    : readCsv(text, file, options);
}

const JSON_READERS: readonly {
  readonly format: SourceFormat;
  readonly is: (value: unknown) => boolean;
  readonly read: (source: JsonSource) => Reading;
}[] = [
  { format: "plan", is: isOwnPlan, read: readOwnPlan },
  { format: "kubernetes", is: isKubernetes, read: readKubernetes },
  { format: "terraform", is: isTerraform, read: readTerraform },
  { format: "aws", is: isAws, read: readAws },
  { format: "netbox", is: isNetbox, read: readNetbox },
  { format: "phpipam", is: isPhpipam, read: readPhpipam },
];

/** @throws UnreadableSource when it is of no format that is known, or has no row. */
export function readJson(source: JsonSource, format: SourceFormat = "auto"): Reading {
  refuseOwnObjects(source);
  const reader = JSON_READERS.find((each) =>
    format === "auto" ? each.is(source.value) : each.format === format,
  );
  if (reader === undefined)
    throw new UnreadableSource(
      `${source.file} is JSON of no format that is known: name one with --format, or save it as CSV.`,
    );
  const reading = reader.read(source);
  if (reading.rows.length + reading.faults.length === 0)
    throw new UnreadableSource(
      [
        `${source.file} has no block for ${reading.format}: name another file or --format.`,
        ...reading.notes,
      ].join(" "),
    );
  return reading;
}

/** Objects of ours are a backup. */
function refuseOwnObjects({ value, file }: JsonSource): void {
  const [first] = [...listAt(value, "items"), value];
  if (textAt(first, "apiVersion") === API_VERSION && at(first, "spec") !== undefined)
    throw new UnreadableSource(
      `${file} has objects of Plexaubnet: \`plexaubnet restore ${file}\` brings them in.`,
    );
}

function refuseYaml(text: string, file: string): void {
  if (!/^(---\s*$|apiVersion:|kind:|items:)/m.test(text.slice(0, 4096))) return;
  throw new UnreadableSource(
    text.includes(API_VERSION)
      ? `${file} has manifests: \`plexaubnet restore ${file}\` brings them in.`
      : `${file} is YAML: get it as JSON, with -o json.`,
  );
}

const SAMPLE_LINES = 50;

/** Lines that begin with a block, the first one too, and have no comma or tab behind it that separates cells. */
function isList(text: string): boolean {
  const lines = text
    .split(/\r\n?|\n/, SAMPLE_LINES)
    .map((line) => line.replace(/#.*$/, "").trim())
    .filter((line) => line !== "");
  const like = lines.filter((line) => isBlockLike(line) && !/^[^\s"]+\s*[,;\t|]/.test(line));
  return like.length > lines.length / 2 && isBlockLike(lines[0] ?? "");
}
