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
import { type ParseProblem, readCarefully, type Spot } from "./read-carefully.ts";
import { readDigits, readPlain } from "./read-plain.ts";

export type { ParseProblem } from "./read-carefully.ts";

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
  const read = readAddress(text, text.length);
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
  const read = readAddress(text, slash < 0 ? text.length : slash);
  if (!read.ok) return fail(read.error.problem, read.error.at);
  const address = read.value;
  const width = widthOf(address.family);
  if (slash < 0) return fail("length-missing", text.length, `${formatAddress(address)}/${width}`);
  const length = readDigits(text, slash + 1, text.length);
  if (length < 0) return fail("length-invalid", slash + 1);
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

/** The address in the first `end` characters of the text. */
function readAddress(text: string, end: number): Result<Address, Spot> {
  const plain = readPlain(text, end);
  return plain === undefined ? readCarefully(text.slice(0, end)) : ok(plain);
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
