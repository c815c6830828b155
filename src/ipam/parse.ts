/**
 * Strict reading of addresses and prefixes. Whatever is handed in, the answer is a value: nothing here throws, and
 * the work is bounded by the length of the longest text that can be right.
 *
 * Strict means: four decimal parts without leading zeros for IPv4 (so `010.0.0.1` is not taken for 8.0.0.1 nor for
 * 10.0.0.1), RFC 4291 section 2.2 for IPv6 with at most four digits a group and one `::`, no zones, no white space,
 * no host bits unless asked. IPv4-mapped IPv6 (`::ffff:10.0.0.1`) is refused unless asked: is it of the one
 * family or of the other? Software differs, and then two owners hold one address.
 */
import { defined, err, ok, type Result } from "../kernel/index.ts";
import { formatAddress, formatPrefix } from "./format.ts";
import { type Address, type Address6, type Prefix, truncate, widthOf } from "./prefix.ts";

export type ParseProblem =
  | "not-text"
  | "empty"
  | "too-long"
  | "bad-character"
  | "part-missing"
  | "part-too-large"
  | "part-too-long"
  | "leading-zero"
  | "too-many-parts"
  | "too-few-parts"
  | "two-elisions"
  | "zone"
  | "ipv4-mapped"
  | "length-missing"
  | "length-invalid"
  | "length-too-large"
  | "unexpected-length"
  | "host-bits"
  | "range-reversed"
  | "range-mixed";

/** What is wrong with a text, and where. Plain data; `describeParseFailure` makes a sentence of it. */
export interface ParseFailure {
  readonly problem: ParseProblem;
  /** What was to be read: "IP address", "CIDR", "address range". */
  readonly wanted: "IP address" | "CIDR" | "address range";
  /** The text, cut at 64 characters. */
  readonly text: string;
  /** Offset of the first character that is wrong, in UTF-16 units. */
  readonly at: number;
  /** What was probably meant, in canonical form. */
  readonly suggestion?: string;
}

export interface ParseOptions {
  /** Accept `10.0.0.1/8` and clear the host bits. Default: a failure that suggests `10.0.0.0/8`. */
  readonly allowHostBits?: boolean;
  /** Accept `::ffff:0:0/96` and what lies in it, as IPv6. Default: a failure that suggests the IPv4 text. */
  readonly allowIPv4Mapped?: boolean;
}

/** The longest right text: an IPv6 address with a dotted tail (45) and `/128`. */
const LONGEST_TEXT = 49;
const MAPPED = 0xffffn;

/** Reads one address: `192.0.2.1`, `2001:db8::1`. */
export function parseAddress(text: string, options: ParseOptions = {}): Result<Address, ParseFailure> {
  const fail = failing("IP address", text);
  const unfit = checkText(text);
  if (unfit !== undefined) return fail(unfit, 0);
  const slash = text.indexOf("/");
  if (slash >= 0) return fail("unexpected-length", slash, text.slice(0, slash));
  const read = readAddress(text);
  if (!read.ok) return fail(read.error.problem, read.error.at);
  if (read.value.family === 6 && !options.allowIPv4Mapped && isMapped(read.value)) {
    return fail("ipv4-mapped", 0, formatAddress(unmap(read.value)));
  }
  return read;
}

/** Reads a CIDR: `10.0.0.0/8`, `2001:db8::/32`. */
export function parsePrefix(text: string, options: ParseOptions = {}): Result<Prefix, ParseFailure> {
  const fail = failing("CIDR", text);
  const unfit = checkText(text);
  if (unfit !== undefined) return fail(unfit, 0);
  const slash = text.indexOf("/");
  const read = readAddress(slash < 0 ? text : text.slice(0, slash));
  if (!read.ok) return fail(read.error.problem, read.error.at);
  const address = read.value;
  const width = widthOf(address.family);
  if (slash < 0) return fail("length-missing", text.length, `${formatAddress(address)}/${width}`);
  const digits = text.slice(slash + 1);
  if (!/^(0|[1-9][0-9]{0,2})$/.test(digits)) return fail("length-invalid", slash + 1);
  const length = Number(digits);
  if (length > width) return fail("length-too-large", slash + 1);
  const prefix = truncate(address, length);
  if (address.family === 6 && length >= 96 && !options.allowIPv4Mapped && isMapped(address)) {
    return fail("ipv4-mapped", 0, formatPrefix(truncate(unmap(address), length - 96)));
  }
  if (prefix.address !== address.address && !options.allowHostBits) {
    return fail("host-bits", 0, formatPrefix(prefix));
  }
  return ok(prefix);
}

/** Makes the failures of one parser. */
export function failing(wanted: ParseFailure["wanted"], text: unknown) {
  const shown = typeof text === "string" ? text.slice(0, 64) : typeof text;
  return (problem: ParseProblem, at: number, suggestion?: string) =>
    err<ParseFailure>({
      problem,
      wanted,
      text: shown,
      at,
      ...defined({ suggestion }),
    });
}

function checkText(text: unknown): ParseProblem | undefined {
  if (typeof text !== "string") return "not-text";
  if (text === "") return "empty";
  return text.length > LONGEST_TEXT ? "too-long" : undefined;
}

interface Spot {
  readonly problem: ParseProblem;
  readonly at: number;
}

const spot = (problem: ParseProblem, at: number) => err<Spot>({ problem, at });

function readAddress(text: string): Result<Address, Spot> {
  if (!text.includes(":")) {
    const read = readDotted(text, 0);
    return read.ok ? ok({ family: 4, address: read.value }) : read;
  }
  const zone = text.indexOf("%");
  if (zone >= 0) return spot("zone", zone);
  const read = readGroups(text);
  return read.ok ? ok({ family: 6, address: read.value }) : read;
}

/** Four decimal parts; `offset` is where they begin in the whole text. */
function readDotted(text: string, offset: number): Result<number, Spot> {
  let value = 0;
  let at = offset;
  const parts = text.split(".");
  for (const [index, part] of parts.entries()) {
    if (index === 4) return spot("too-many-parts", at - 1);
    const bad = part.search(/[^0-9]/);
    if (bad >= 0) return spot("bad-character", at + bad);
    if (part === "") return spot("part-missing", at);
    if (part.length > 1 && part.startsWith("0")) return spot("leading-zero", at);
    if (part.length > 3 || Number(part) > 255) return spot("part-too-large", at);
    value = value * 256 + Number(part);
    at += part.length + 1;
  }
  return parts.length < 4 ? spot("too-few-parts", at - 1) : ok(value);
}

/** RFC 4291 section 2.2: eight groups, one run of which may be left out, the last two of which may be dotted. */
function readGroups(text: string): Result<bigint, Spot> {
  const elision = text.indexOf("::");
  if (elision >= 0) {
    const second = text.indexOf("::", elision + 1);
    if (second >= 0) return spot(second === elision + 1 ? "bad-character" : "two-elisions", second);
  }
  const head = readGroupList(elision < 0 ? text : text.slice(0, elision), 0, elision < 0);
  if (!head.ok) return head;
  if (elision < 0) {
    if (head.value.length < 8) return spot("too-few-parts", text.length);
    return ok(joinGroups(head.value));
  }
  const tail = readGroupList(text.slice(elision + 2), elision + 2, true);
  if (!tail.ok) return tail;
  const missing = 8 - head.value.length - tail.value.length;
  if (missing < 1) return spot("too-many-parts", elision);
  return ok(joinGroups([...head.value, ...new Array<number>(missing).fill(0), ...tail.value]));
}

function readGroupList(text: string, offset: number, mayEndDotted: boolean): Result<number[], Spot> {
  if (text === "") return ok([]);
  const groups: number[] = [];
  let at = offset;
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && mayEndDotted && index === parts.length - 1) {
      const dotted = readDotted(part, at);
      if (!dotted.ok) return dotted;
      groups.push(Math.floor(dotted.value / 65536), dotted.value % 65536);
    } else {
      const bad = part.search(/[^0-9a-fA-F]/);
      if (bad >= 0) return spot("bad-character", at + bad);
      if (part === "") return spot("part-missing", at);
      if (part.length > 4) return spot("part-too-long", at);
      groups.push(Number.parseInt(part, 16));
    }
    if (groups.length > 8) return spot("too-many-parts", at);
    at += part.length + 1;
  }
  return ok(groups);
}

function joinGroups(groups: readonly number[]): bigint {
  let value = 0n;
  for (const group of groups) value = (value << 16n) | BigInt(group);
  return value;
}

function isMapped(address: Address6): boolean {
  return address.address >> 32n === MAPPED;
}

function unmap(address: Address6): Address {
  return { family: 4, address: Number(address.address & 0xffffffffn) };
}

const PROBLEMS: Readonly<Record<ParseProblem, string>> = {
  "not-text": "it is not text; write it in quotes",
  empty: "it is empty",
  "too-long": "it is longer than any address can be",
  "bad-character": "this character is not allowed here",
  "part-missing": "a part is missing here",
  "part-too-large": "this part is greater than 255",
  "part-too-long": "this group has more than four digits",
  "leading-zero": "this part has a leading zero, which some software reads as octal; remove the zero",
  "too-many-parts": "it has too many parts (IPv4 has four, IPv6 eight)",
  "too-few-parts": "it has too few parts (IPv4 has four, IPv6 eight or a `::`)",
  "two-elisions": "`::` may occur only once",
  zone: "a zone is not allowed here; remove the % and what follows",
  "ipv4-mapped": "it is an IPv4 address in IPv6 notation",
  "length-missing": "the prefix length is missing",
  "length-invalid": "the prefix length must be a whole number without leading zeros",
  "length-too-large": "the prefix length is greater than the family allows (IPv4 32, IPv6 128)",
  "unexpected-length": "it has a prefix length, and one address is expected",
  "host-bits": "it has host bits set",
  "range-reversed": "the range ends before it begins",
  "range-mixed": "the range begins in one address family and ends in the other",
};

/** One sentence that names the text, the place and the cure, without a full stop. */
export function describeParseFailure(failure: ParseFailure): string {
  const what =
    failure.problem === "not-text" ? `a value of type ${failure.text}` : JSON.stringify(failure.text);
  const article = failure.wanted === "CIDR" ? "a" : "an";
  const place = failure.at > 0 ? ` at character ${failure.at + 1}` : "";
  const cure = failure.suggestion === undefined ? "" : `; write ${JSON.stringify(failure.suggestion)}`;
  return `${what} is not ${article} ${failure.wanted}${place}: ${PROBLEMS[failure.problem]}${cure}`;
}
