/**
 * Addresses of both families as the page calculates with them: a family and a bigint. The server writes canonical
 * texts and reads whatever users type, so what is read here is canonical or refused.
 */

export type Family = 4 | 6;

export interface Block {
  readonly family: Family;
  /** First address. */
  readonly first: bigint;
  /** Prefix length. */
  readonly length: number;
}

export const widthOf = (family: Family): number => (family === 4 ? 32 : 128);

/** Number of addresses of a block. */
export const sizeOf = (family: Family, length: number): bigint => 1n << BigInt(widthOf(family) - length);

/** Undefined: it is not an address. */
export function parseAddress(text: string): { readonly family: Family; readonly value: bigint } | undefined {
  const value = text.includes(":") ? parse6(text) : parse4(text);
  if (value === undefined) return undefined;
  return { family: text.includes(":") ? 6 : 4, value };
}

function parse4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parse6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const groups = [...head, ...tail];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const missing = 8 - groups.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...new Array<string>(missing).fill("0"), ...tail].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

/** Undefined: it is not a CIDR, or has host bits. */
export function parseBlock(text: string): Block | undefined {
  const [address = "", digits, ...more] = text.split("/");
  const read = parseAddress(address);
  if (read === undefined || digits === undefined || more.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(digits)) {
    return undefined;
  }
  const length = Number(digits);
  if (length > widthOf(read.family) || read.value % sizeOf(read.family, length) !== 0n) return undefined;
  return { family: read.family, first: read.value, length };
}

/** Canonical text: RFC 5952 for IPv6. */
export function formatAddress(family: Family, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  const [start, count] = longestRunOfZeros(groups);
  if (count < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + count).join(":")}`;
}

function longestRunOfZeros(groups: readonly string[]): [start: number, count: number] {
  let [best, bestCount, count] = [0, 0, 0];
  for (const [index, group] of groups.entries()) {
    count = group === "0" ? count + 1 : 0;
    if (count > bestCount) [best, bestCount] = [index - count + 1, count];
  }
  return [best, bestCount];
}

export const formatBlock = ({ family, first, length }: Block): string =>
  `${formatAddress(family, first)}/${length}`;

/** Last address of a block. */
export const lastOf = ({ family, first, length }: Block): bigint => first + sizeOf(family, length) - 1n;

/** The block of this length that contains the address. */
export function blockAt(family: Family, address: bigint, length: number): Block {
  const size = sizeOf(family, length);
  return { family, first: address - (address % size), length };
}

/** The smallest block that contains both addresses. */
export function blockAround(family: Family, first: bigint, last: bigint): Block {
  const difference = first ^ last;
  const bits = difference === 0n ? 0 : difference.toString(2).length;
  return blockAt(family, first, widthOf(family) - bits);
}

/** The largest aligned block that lies between two addresses, both included; of several the first. */
export function largestWithin(family: Family, first: bigint, last: bigint): Block {
  let { length } = blockAround(family, first, last);
  for (; ; length++) {
    const size = sizeOf(family, length);
    const start = ((first + size - 1n) / size) * size;
    if (start + size - 1n <= last || length === widthOf(family)) return { family, first: start, length };
  }
}

export const contains = (outer: Block, inner: Block): boolean =>
  outer.family === inner.family && outer.first <= inner.first && lastOf(inner) <= lastOf(outer);
