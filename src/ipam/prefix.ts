/**
 * Addresses and prefixes of both families, and their arithmetic. Pure, exact, and total: no function here throws
 * for a value of its types; what cannot be is `undefined` or a `Result`.
 *
 * Representation: an IPv4 address is a `number` in [0, 2^32), an IPv6 address a `bigint` in [0, 2^128). A prefix is
 * the address of its first host and a length; it has no host bits. So a prefix can stand wherever an address is
 * wanted and means its first one. All values are immutable. The families are different types: what
 * takes two prefixes of one `P` cannot be called with one of each.
 */
import { err, ok, type Result } from "../kernel/index.ts";

export type Family = 4 | 6;

export interface Address4 {
  readonly family: 4;
  /** In [0, 2^32). */
  readonly address: number;
}

export interface Address6 {
  readonly family: 6;
  /** In [0, 2^128). */
  readonly address: bigint;
}

export type Address = Address4 | Address6;

export interface Prefix4 extends Address4 {
  /** In [0, 32]. */
  readonly length: number;
}

export interface Prefix6 extends Address6 {
  /** In [0, 128]. */
  readonly length: number;
}

export type Prefix = Prefix4 | Prefix6;

/** The longest prefix of a family: 32 or 128. */
export function widthOf(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** An address as a prefix of full length: `10.0.0.1/32`. */
export function hostPrefix({ family, address }: Address): Prefix {
  return { family, address, length: widthOf(family) } as Prefix;
}

/** A prefix length that the operation cannot take. The bounds are those that it could have taken. */
export interface LengthFailure {
  readonly reason: "length-out-of-range";
  readonly length: number;
  readonly shortest: number;
  readonly longest: number;
}

/** Whether `length` is a whole number within the bounds. Rejects NaN, fractions and values that are not numbers. */
export function checkLength(length: number, shortest: number, longest: number): Result<void, LengthFailure> {
  if (Number.isInteger(length) && length >= shortest && length <= longest) return ok(undefined);
  return err({ reason: "length-out-of-range", length, shortest, longest });
}

/** Number of addresses of a block of each length, by family. `SIZES_4[24] === 256`. */
const SIZES_4: readonly number[] = Array.from({ length: 33 }, (_, length) => 2 ** (32 - length));
const SIZES_6: readonly bigint[] = Array.from({ length: 129 }, (_, length) => 1n << BigInt(128 - length));
const SPACE_4 = 2 ** 32;
const SPACE_6 = 1n << 128n;
/** The bits of the network, by length. */
const MASKS_6: readonly bigint[] = SIZES_6.map((size) => SPACE_6 - size);

const size4 = (length: number): number => SIZES_4[length] as number;
const size6 = (length: number): bigint => SIZES_6[length] as bigint;

/** The block of this length that `address` lies in: host bits are cleared. */
export function prefixAt(address: Address4, length: number): Result<Prefix4, LengthFailure>;
export function prefixAt(address: Address6, length: number): Result<Prefix6, LengthFailure>;
export function prefixAt(address: Address, length: number): Result<Prefix, LengthFailure>;
export function prefixAt(address: Address, length: number): Result<Prefix, LengthFailure> {
  const checked = checkLength(length, 0, widthOf(address.family));
  return checked.ok ? ok(truncate(address, length)) : checked;
}

/** As {@link prefixAt}, for a length that is known to be in range. */
export function truncate(address: Address, length: number): Prefix {
  if (address.family === 4) {
    return { family: 4, address: address.address - (address.address % size4(length)), length };
  }
  return { family: 6, address: address.address & (MASKS_6[length] as bigint), length };
}

/** Number of addresses in the block. */
export function addressCount(prefix: Prefix): bigint {
  return prefix.family === 4 ? BigInt(size4(prefix.length)) : size6(prefix.length);
}

/** The last address of the block (an IPv4 broadcast address, say). */
export function lastAddress(prefix: Prefix4): Address4;
export function lastAddress(prefix: Prefix6): Address6;
export function lastAddress(prefix: Prefix): Address;
export function lastAddress(prefix: Prefix): Address {
  return prefix.family === 4
    ? { family: 4, address: prefix.address + size4(prefix.length) - 1 }
    : { family: 6, address: prefix.address + size6(prefix.length) - 1n };
}

/** Whether every address of `inner` lies in `outer`. False across families; true of a block and itself. */
export function contains(outer: Prefix, inner: Prefix): boolean {
  if (!(inner.length >= outer.length && inner.length <= widthOf(inner.family))) return false;
  return containsAddress(outer, inner);
}

export function containsAddress(prefix: Prefix, address: Address): boolean {
  if (prefix.family === 4) {
    if (address.family !== 4) return false;
    return address.address >= prefix.address && address.address - prefix.address < size4(prefix.length);
  }
  if (address.family !== 6) return false;
  return address.address >= prefix.address && address.address - prefix.address < size6(prefix.length);
}

/** Whether the blocks share an address. Two blocks that do are nested or equal. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return contains(a, b) || contains(b, a);
}

export function equals(a: Prefix, b: Prefix): boolean {
  return a.family === b.family && a.length === b.length && a.address === b.address;
}

/** IPv4 before IPv6. Undefined order never: equal addresses compare as 0. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}

/** Orders by family, then address, then length: an outer block comes before what lies in it. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return compareAddresses(a, b) || a.length - b.length;
}

/** The block of `length` around this one; by default the one that is twice as large. */
export function supernet<P extends Prefix>(prefix: P, length = prefix.length - 1): Result<P, LengthFailure> {
  const checked = checkLength(length, 0, prefix.length);
  return checked.ok ? ok(truncate(prefix, length) as P) : checked;
}

/** The parts of this length, in address order, made as they are asked for: there may be 2^128 of them. */
export function split<P extends Prefix>(
  prefix: P,
  length = prefix.length + 1,
): Result<Iterable<P>, LengthFailure> {
  const checked = checkLength(length, prefix.length, widthOf(prefix.family));
  if (!checked.ok) return checked;
  return ok({ [Symbol.iterator]: () => parts(prefix, length) as Iterator<P> });
}

function* parts(prefix: Prefix, length: number): Generator<Prefix> {
  if (prefix.family === 4) {
    const end = prefix.address + size4(prefix.length);
    const step = size4(length);
    for (let address = prefix.address; address < end; address += step) yield { family: 4, address, length };
  } else {
    const end = prefix.address + size6(prefix.length);
    const step = size6(length);
    for (let address = prefix.address; address < end; address += step) yield { family: 6, address, length };
  }
}

/** The next block of the same length, or undefined after the last one of the family. */
export function next<P extends Prefix>(prefix: P): P | undefined {
  return offsetBy(prefix, 1) as P | undefined;
}

/** The block of the same length before this one, or undefined before the first one of the family. */
export function previous<P extends Prefix>(prefix: P): P | undefined {
  return offsetBy(prefix, -1) as P | undefined;
}

function offsetBy(prefix: Prefix, blocks: 1 | -1): Prefix | undefined {
  if (prefix.family === 4) {
    const address = prefix.address + blocks * size4(prefix.length);
    return address >= 0 && address < SPACE_4 ? { family: 4, address, length: prefix.length } : undefined;
  }
  const address = prefix.address + BigInt(blocks) * size6(prefix.length);
  return address >= 0n && address < SPACE_6 ? { family: 6, address, length: prefix.length } : undefined;
}

/** The other half of the block that is twice as large; undefined for the whole address space. */
export function buddy<P extends Prefix>(prefix: P): P | undefined {
  if (prefix.length === 0) return undefined;
  if (prefix.family === 4) {
    const size = size4(prefix.length);
    const upper = prefix.address % (2 * size) !== 0;
    return { family: 4, address: prefix.address + (upper ? -size : size), length: prefix.length } as P;
  }
  return { family: 6, address: prefix.address ^ size6(prefix.length), length: prefix.length } as P;
}
