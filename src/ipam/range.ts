/**
 * Ranges of addresses, as MetalLB and people write them, and the prefixes that they consist of.
 */
import { ok, type Result } from "../kernel/index.ts";
import { formatAddress } from "./format.ts";
import { failing, type ParseFailure, type ParseOptions, parseAddress, parsePrefix } from "./parse.ts";
import {
  type Address,
  addressCount,
  compareAddresses,
  comparePrefixes,
  contains,
  lastAddress,
  overlaps,
  type Prefix,
  split,
  supernet,
  truncate,
  widthOf,
} from "./prefix.ts";

/** From `first` to `last`, both included, of one family, `first` not after `last`. */
export interface AddressRange {
  readonly first: Address;
  readonly last: Address;
}

/** The longest right text: two addresses of 45 characters, a dash, and some space around it. */
const LONGEST_TEXT = 100;

/** Reads `10.0.0.1-10.0.0.9` (blanks around the dash are allowed) or a CIDR, which means all of its addresses. */
export function parseRange(text: string, options: ParseOptions = {}): Result<AddressRange, ParseFailure> {
  const fail = failing("address range", text);
  if (typeof text !== "string") return fail("not-text", 0);
  if (text.length > LONGEST_TEXT) return fail("too-long", 0);
  const dash = text.indexOf("-");
  if (dash < 0) {
    const prefix = parsePrefix(text, options);
    return prefix.ok ? ok(rangeOf(prefix.value)) : prefix;
  }
  const left = text.slice(0, dash).trim();
  const right = text.slice(dash + 1).trim();
  const first = parseAddress(left, options);
  if (!first.ok)
    return fail(first.error.problem, text.indexOf(left) + first.error.at, first.error.suggestion);
  const last = parseAddress(right, options);
  if (!last.ok) {
    return fail(last.error.problem, text.length - text.slice(dash + 1).trimStart().length + last.error.at);
  }
  if (first.value.family !== last.value.family) return fail("range-mixed", dash);
  if (compareAddresses(first.value, last.value) > 0) return fail("range-reversed", dash, `${right}-${left}`);
  return ok({ first: first.value, last: last.value });
}

export function formatRange(range: AddressRange): string {
  return `${formatAddress(range.first)}-${formatAddress(range.last)}`;
}

export function rangeOf(prefix: Prefix): AddressRange {
  const { family, address } = prefix;
  return { first: { family, address } as Address, last: lastAddress(prefix) };
}

export function rangeAddressCount(range: AddressRange): bigint {
  return BigInt(range.last.address) - BigInt(range.first.address) + 1n;
}

export function rangeContains(range: AddressRange, address: Address): boolean {
  return (
    range.first.family === address.family &&
    compareAddresses(range.first, address) <= 0 &&
    compareAddresses(address, range.last) <= 0
  );
}

/** The fewest prefixes that hold exactly the addresses of the range, in address order: at most 2 × width − 2. */
export function rangeToPrefixes(range: AddressRange): Prefix[] {
  const prefixes: Prefix[] = [];
  const width = widthOf(range.first.family);
  const end = BigInt(range.last.address);
  let address = BigInt(range.first.address);
  let length: number = width;
  const size = (of: number) => 1n << BigInt(width - of);
  // Blocks get larger as far as the alignment allows, and then smaller as far as the end requires: never larger again.
  while (address <= end) {
    while (length > 0 && address % size(length - 1) === 0n && address + size(length - 1) - 1n <= end)
      length--;
    while (address + size(length) - 1n > end) length++;
    const at = range.first.family === 4 ? Number(address) : address;
    prefixes.push({ family: range.first.family, address: at, length } as Prefix);
    address += size(length);
  }
  return prefixes;
}

/** The fewest prefixes that hold exactly the addresses of all of these, in order; families may be mixed. */
export function mergePrefixes(prefixes: Iterable<Prefix>): Prefix[] {
  const merged: Prefix[] = [];
  for (let prefix of [...prefixes].sort(comparePrefixes)) {
    const last = merged.at(-1);
    if (last !== undefined && contains(last, prefix)) continue;
    for (let lower = last; lower !== undefined && areHalves(lower, prefix); lower = merged.at(-1)) {
      merged.pop();
      prefix = truncate(lower, lower.length - 1);
    }
    merged.push(prefix);
  }
  return merged;
}

/** Whether the two are one block of twice the size, `lower` first. */
function areHalves(lower: Prefix, upper: Prefix): boolean {
  if (lower.length !== upper.length || lower.length === 0 || lower.address === upper.address) return false;
  return lower.family === upper.family && truncate(upper, upper.length - 1).address === lower.address;
}

/** The fewest prefixes that hold what of `whole` is in none of `parts`, in order. O(parts × width). */
export function remainderOf(whole: Prefix, parts: readonly Prefix[]): Prefix[] {
  const touching = parts.filter((part) => overlaps(part, whole));
  if (touching.length === 0) return [whole];
  if (touching.some((part) => contains(part, whole))) return [];
  const halves = split(whole);
  return halves.ok ? [...halves.value].flatMap((half) => remainderOf(half, touching)) : [];
}

/** Neighbouring and overlapping prefixes as whole ranges, in order. */
export function prefixesToRanges(prefixes: Iterable<Prefix>): AddressRange[] {
  const ranges: AddressRange[] = [];
  for (const prefix of mergePrefixes(prefixes)) {
    const range = rangeOf(prefix);
    const before = ranges.at(-1);
    const touches =
      before !== undefined &&
      before.first.family === prefix.family &&
      BigInt(before.last.address) + 1n === BigInt(range.first.address);
    if (touches) ranges[ranges.length - 1] = { first: before.first, last: range.last };
    else ranges.push(range);
  }
  return ranges;
}

/** The smallest single prefix around a range. */
export function prefixAround(range: AddressRange): Prefix {
  let prefix: Prefix = truncate(range.first, widthOf(range.first.family));
  while (BigInt(prefix.address) + addressCount(prefix) <= BigInt(range.last.address)) {
    const wider = supernet(prefix);
    if (!wider.ok) break;
    prefix = wider.value;
  }
  return prefix;
}
