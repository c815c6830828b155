/** The fields of a request, as people write them: cells of a sheet, values of YAML, or a phrase. */
import { formatPrefix } from "../../ipam/index.ts";
import { defined, err, ok, type Result } from "../../kernel/index.ts";
import { readBlock } from "../block.ts";
import type { Fault, FaultKind, Origin } from "../row.ts";
import { MOST_BLOCKS, type RequestRow } from "./request-row.ts";

export type RequestField =
  | "count"
  | "size"
  | "cidr"
  | "align"
  | "name"
  | "cluster"
  | "purpose"
  | "pool"
  | "namespace"
  | "kind";

/** In small letters, without anything between them. */
const HEADINGS: Readonly<Record<RequestField, readonly string[]>> = {
  count: ["count", "number", "quantity", "howmany", "blocks", "anzahl"],
  size: ["size", "length", "prefixlength", "blocksize", "desiredblocksize", "prefixlen"],
  cidr: ["cidr", "block", "requestedcidr", "prefix", "network"],
  align: ["align", "alignment", "aligned"],
  name: ["name", "claim"],
  cluster: ["cluster", "clusterid", "clustername", "owner"],
  purpose: ["purpose", "usage"],
  pool: ["pool", "poolref", "parent", "parentpoolref"],
  namespace: ["namespace", "vrf"],
  kind: ["kind", "type"],
};

export const REQUEST_FIELDS = Object.keys(HEADINGS) as readonly RequestField[];

export function fieldOf(heading: string): RequestField | undefined {
  const squeezed = heading.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  return REQUEST_FIELDS.find((field) => HEADINGS[field].includes(squeezed));
}

export type Fields = Readonly<Partial<Record<RequestField, string>>>;

const POOL_KINDS = new Set(["pool", "subnetpool", "subnetpoolclaim", "poolclaim"]);
const CLAIM_KINDS = new Set(["", "claim", "subnetclaim", "block", "subnet"]);

export function requestOf(fields: Fields, origin: Origin): Result<RequestRow, Fault> {
  const fault = (kind: FaultKind, message: string, cure: string): Result<never, Fault> =>
    err({ kind, origin, message, cure });
  const count = fields.count === undefined ? 1 : numberOf(fields.count);
  if (count === undefined || count < 1 || count > MOST_BLOCKS)
    return fault(
      "unreadable",
      `count: "${fields.count}" is not a number of blocks`,
      `write a whole number from 1 to ${MOST_BLOCKS}`,
    );
  const block = fields.cidr === undefined ? undefined : readBlock(fields.cidr);
  if (block?.ok === false) return fault(block.error.kind, `cidr: ${block.error.message}`, block.error.cure);
  const [cidr, ...more] = block?.value.prefixes ?? [];
  if (more.length > 0)
    return fault(
      "unreadable",
      `cidr: "${fields.cidr}" is not one block`,
      "write each block in a row of its own",
    );
  if (cidr !== undefined && count > 1)
    return fault(
      "conflict",
      `cidr: ${count} blocks cannot all be ${formatPrefix(cidr)}`,
      "leave the count out",
    );
  const length = lengthOf(fields.size);
  if (length === false)
    return fault("length", `size: "${fields.size}" is not a prefix length`, "write it as in /24");
  const align = lengthOf(fields.align);
  if (align === false)
    return fault("length", `align: "${fields.align}" is not a prefix length`, "write it as in /22");
  if (cidr !== undefined && length !== undefined && length !== cidr.length)
    return fault(
      "conflict",
      `size: /${length} is not the size of ${formatPrefix(cidr)}`,
      "leave one of them out",
    );
  const kind = (fields.kind ?? "").toLowerCase();
  if (!POOL_KINDS.has(kind) && !CLAIM_KINDS.has(kind))
    return fault("unreadable", `kind: "${fields.kind}" is neither a claim nor a pool`, "write claim or pool");
  const { name, cluster, purpose, pool, namespace } = fields;
  return ok({
    origin,
    count,
    ...(cidr === undefined
      ? length === undefined
        ? {}
        : { length }
      : { cidr: formatPrefix(cidr), length: cidr.length }),
    ...defined({ align, name, cluster, purpose, pool, namespace }),
    isPool: POOL_KINDS.has(kind),
  });
}

const LONGEST = 128;
/** Every block begins at a multiple of its own size: what is said to be aligned needs no more. */
const NATURAL = new Set(["yes", "true", "natural", "own", "no", "false"]);

/** Undefined: nothing is asked. False: it cannot be read. */
function lengthOf(text: string | undefined): number | undefined | false {
  if (text === undefined || NATURAL.has(text.toLowerCase())) return undefined;
  const length = Number(text.replace(/^\//, ""));
  return /^\/?\d{1,3}$/.test(text) && length <= LONGEST ? length : false;
}

const NUMBERS = [
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];

function numberOf(text: string): number | undefined {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  const at = NUMBERS.indexOf(text.toLowerCase());
  return at < 0 ? undefined : at + 1;
}

const PHRASE =
  /^(?:(\d{1,9}|[a-z]+)\s*(?:x|×|\*|times)?\s+|(\d{1,9})\s*(?:x|×|\*)\s*)?(\/\d{1,3})(?:\s+(aligned)(?:\s+to\s+(\/\d{1,3}))?)?(?:\s+(?:for\s+)?(.+))?$/i;

/** `three /20 for regions`, `12 x /24`, `one /22 aligned to /20`. Undefined: it is no such phrase. */
export function phraseFields(text: string): Fields | undefined {
  const found = PHRASE.exec(text.trim());
  if (found === null) return undefined;
  const [, spelled, counted, size = "", , align, name] = found;
  return {
    count: spelled ?? counted ?? "1",
    size,
    ...defined({ align }),
    ...(name === undefined ? {} : { name: name.trim() }),
  };
}
