/** Which column of a table means what: guessed by heading and by content, and overridden by the user. */
import { err, ok, type Result } from "../../kernel/index.ts";
import { readBlock } from "../block.ts";
import { COLUMN_FIELDS, type ColumnField } from "../formats.ts";
import type { ColumnChoice } from "../row.ts";

/** Field → column, counted from 0. */
export type Columns = ReadonlyMap<ColumnField, number>;

/** Headings in small letters without anything between them, the likeliest first. */
const HEADINGS: Readonly<Record<ColumnField, readonly string[]>> = {
  cidr: [
    "cidr",
    "prefix",
    "block",
    "subnet",
    "subnetcidr",
    "cidrblock",
    "network",
    "ipprefix",
    "iprange",
    "range",
    "netblock",
    "addressblock",
    "networkaddress",
    "subnetaddress",
    "supernet",
    "netz",
    "netzwerk",
    "subnetz",
  ],
  mask: ["mask", "netmask", "subnetmask", "prefixlength", "prefixlen", "masklength", "bits", "netzmaske"],
  start: ["start", "startaddress", "first", "firstaddress", "from", "startip", "rangestart"],
  end: ["end", "endaddress", "last", "lastaddress", "to", "endip", "rangeend"],
  vrf: ["vrf", "vrfname", "routingtable", "networkview"],
  cluster: ["cluster", "clusterid", "clustername"],
  owner: ["owner", "team", "contact", "responsible", "assignedto", "usedby", "besitzer", "verantwortlich"],
  tenant: ["tenant", "customer", "client", "organisation", "organization", "kunde", "mandant"],
  name: ["name", "subnetname", "hostname", "label", "title", "bezeichnung"],
  kind: ["kind", "type", "objecttype", "typ"],
  status: ["status", "state"],
  role: ["role", "usage", "function", "vlanrole", "rolle"],
  description: ["description", "remark", "remarks", "note", "notes", "desc", "bemerkung", "beschreibung"],
  comments: ["comments", "comment", "kommentar"],
  rir: ["rir"],
  namespace: ["namespace"],
  pool: ["pool", "poolref", "parent", "parentpool"],
  purpose: ["purpose"],
  more: ["more"],
};

function squeezed(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

export interface ColumnChoices {
  readonly columns: Columns;
  readonly choices: readonly ColumnChoice[];
}

/**
 * @param headings of the table; where it has none, `column 1`, `column 2` …
 * @param sample some rows, by which the block is found where no heading names it
 * @param overrides field → heading, or the column's number counted from 1
 */
export function chooseColumns(
  headings: readonly string[],
  sample: readonly (readonly string[])[],
  overrides: ReadonlyMap<string, string>,
): Result<ColumnChoices, string> {
  const taken = new Map<ColumnField, number>();
  for (const [field, named] of overrides) {
    const at = columnNamed(headings, named);
    if (!isField(field)) return err(`--column ${field}=… names no field: use ${COLUMN_FIELDS.join(", ")}`);
    if (at === undefined)
      return err(`--column ${field}=${named} names no column: the source has ${shown(headings)}`);
    taken.set(field, at);
  }
  const used = () => new Set(taken.values());
  const free = headings.map(squeezed);
  for (const field of COLUMN_FIELDS) {
    if (taken.has(field)) continue;
    const at = HEADINGS[field]
      .map((known) => free.indexOf(known))
      .find((each) => each >= 0 && !used().has(each));
    if (at !== undefined) taken.set(field, at);
  }
  if (!taken.has("cidr") && !(taken.has("start") && taken.has("end"))) {
    const at = blockColumnOf(headings.length, sample, used());
    if (at !== undefined) taken.set("cidr", at);
  }
  if (!taken.has("cidr") && !(taken.has("start") && taken.has("end")))
    return err(
      `no column holds blocks: name it, as in --column cidr=HEADING; the source has ${shown(headings)}`,
    );
  const fieldOf = new Map([...taken].map(([field, at]) => [at, field]));
  const choices = headings.map((heading, at): ColumnChoice => {
    const field = fieldOf.get(at);
    return field === undefined ? { heading } : { heading, field };
  });
  return ok({ columns: taken, choices });
}

const MOST_SHOWN = 20;

function shown(headings: readonly string[]): string {
  const more = headings.length - MOST_SHOWN;
  return `${headings.slice(0, MOST_SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function isField(field: string): field is ColumnField {
  return (COLUMN_FIELDS as readonly string[]).includes(field);
}

function columnNamed(headings: readonly string[], named: string): number | undefined {
  const exact = headings.indexOf(named);
  const at = exact >= 0 ? exact : headings.map(squeezed).indexOf(squeezed(named) || "\n");
  if (at >= 0) return at;
  const number = /^[0-9]{1,4}$/.test(named) ? Number(named) : 0;
  return number >= 1 && number <= headings.length ? number - 1 : undefined;
}

/** The one in which most cells are blocks, and more than half of them. */
function blockColumnOf(
  width: number,
  sample: readonly (readonly string[])[],
  used: ReadonlySet<number>,
): number | undefined {
  let best: number | undefined;
  let most = sample.length / 2;
  for (let at = 0; at < width; at++) {
    const count = used.has(at) ? 0 : sample.filter((cells) => isBlockLike(cells[at] ?? "")).length;
    if (count <= most) continue;
    most = count;
    best = at;
  }
  return best;
}

/** Whether it is meant as a block, valid or not. */
export function isBlockLike(text: string): boolean {
  return (
    readBlock(text).ok ||
    /^\s*([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7})\s*[/ -]/i.test(text)
  );
}
