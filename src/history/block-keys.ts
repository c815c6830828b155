/**
 * Addresses as keys that sort as text does: the family, then the address in hexadecimal digits of one length.
 * Blocks are nested or apart, so what overlaps a block begins inside it, or at one of the at most 128
 * beginnings above it. Pure.
 */
import { lastAddress, type Prefix, parsePrefix, truncate } from "../ipam/index.ts";

export interface BlockKeys {
  readonly first: string;
  readonly last: string;
}

function keyOf(family: 4 | 6, address: number | bigint): string {
  return family === 4
    ? `4${address.toString(16).padStart(8, "0")}`
    : `6${address.toString(16).padStart(32, "0")}`;
}

export function keysOfPrefix(prefix: Prefix): BlockKeys {
  return {
    first: keyOf(prefix.family, prefix.address),
    last: keyOf(prefix.family, lastAddress(prefix).address),
  };
}

/** Undefined: the text is not a prefix, which the API may still hold. */
export function keysOfText(text: string | undefined): BlockKeys | undefined {
  const prefix = text === undefined ? undefined : parsePrefix(text);
  return prefix?.ok ? keysOfPrefix(prefix.value) : undefined;
}

/** Where a block that contains this one may begin, itself included. */
export function beginningsAbove(prefix: Prefix): readonly string[] {
  const keys = new Set<string>();
  for (let length = prefix.length; length >= 0; length--)
    keys.add(keyOf(prefix.family, truncate(prefix, length).address));
  return [...keys];
}
