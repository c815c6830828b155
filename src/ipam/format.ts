/**
 * Canonical text. IPv4 is dotted decimal; IPv6 follows RFC 5952 section 4: lower case, no leading zeros,
 * the longest run of two or more zero groups as `::`, the first one where several are longest. IPv6 is always
 * hexadecimal, so that one value has one text.
 */
import type { Address, Prefix } from "./prefix.ts";

export function formatAddress(address: Address): string {
  return address.family === 4 ? formatAddress4(address.address) : formatAddress6(address.address);
}

/** `10.0.0.0/8`, `2001:db8::/32`. Read back by `parsePrefix` as the same value. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix)}/${prefix.length}`;
}

function formatAddress4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

function formatAddress6(address: bigint): string {
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((address >> shift) & 0xffffn));
  const { start, count } = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (count < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + count))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; count: number } {
  let best = { start: 0, count: 0 };
  let count = 0;
  for (const [index, group] of groups.entries()) {
    count = group === 0 ? count + 1 : 0;
    if (count > best.count) best = { start: index - count + 1, count };
  }
  return best;
}
