/** What a source writes for a block, in all the ways in which people write one. */
import {
  type Address,
  describeParseFailure,
  formatAddress,
  formatPrefix,
  type ParseFailure,
  type ParseProblem,
  type Prefix,
  parseAddress,
  parsePrefix,
  parseRange,
  rangeToPrefixes,
  truncate,
} from "../ipam/index.ts";
import { err, ok, type Result } from "../kernel/index.ts";
import type { FaultKind } from "./row.ts";

export interface Block {
  /** One, or the fewest that a range consists of, in address order. */
  readonly prefixes: readonly Prefix[];
  /** Several prefixes that are one row: nothing lies in a range. */
  readonly isRange: boolean;
}

export interface BlockFault {
  readonly kind: FaultKind;
  readonly message: string;
  readonly cure: string;
  /** What was most probably meant. */
  readonly meant: Prefix | undefined;
}

/** A spreadsheet makes dashes of hyphens, and blanks that do not break of blanks. */
const DASHES = /[\u2010-\u2015\u2212]/g;
const BLANKS = /[\s\u00a0\u2007\u202f\ufeff]+/g;
const MASKED = /^([0-9.]+)[/ ]([0-9]+(?:\.[0-9]+){3})$/;

/** `10.0.0.0/24`, `10.0.0.0/255.255.255.0`, `10.0.0.0 255.255.255.0`, `10.0.0.0-10.0.0.255`. */
export function readBlock(written: string): Result<Block, BlockFault> {
  const text = written.replace(DASHES, "-").replace(BLANKS, " ").trim();
  if (text === "") return missing();
  const [, address = "", mask = ""] = MASKED.exec(text) ?? [];
  if (mask !== "") return readMasked(text, address, mask);
  if (text.includes("-")) return readRange(text);
  const parsed = parsePrefix(text.replace(/ ?\/ ?/, "/"));
  return parsed.ok ? ok(one(parsed.value)) : err(faultOf(parsed.error));
}

function one(prefix: Prefix): Block {
  return { prefixes: [prefix], isRange: false };
}

function missing(): Result<Block, BlockFault> {
  return err({
    kind: "missing-block",
    message: "the row names no block",
    cure: "fill it in, or take the row out",
    meant: undefined,
  });
}

function readMasked(text: string, written: string, mask: string): Result<Block, BlockFault> {
  const address = parseAddress(written);
  if (!address.ok) return err(faultOf(address.error));
  const bits = parseAddress(mask);
  if (!bits.ok) return err(faultOf(bits.error));
  const length = lengthOfMask(bits.value);
  if (length === undefined) {
    const inverted = lengthOfMask({ family: 4, address: ~Number(bits.value.address) >>> 0 });
    const cure =
      inverted === undefined
        ? "write the prefix length, as in /24"
        : `write "${written}/${inverted}" if that is meant`;
    return err({ kind: "mask", message: `"${text}" has a mask with holes in it`, cure, meant: undefined });
  }
  const prefix = truncate(address.value, length);
  if (prefix.address === address.value.address) return ok(one(prefix));
  return err({
    kind: "host-bits",
    message: `"${text}" has host bits set`,
    cure: `write "${formatPrefix(prefix)}"`,
    meant: prefix,
  });
}

/** 255.255.255.0 is 24. */
function lengthOfMask({ address }: Address): number | undefined {
  const ones = (~Number(address) >>> 0).toString(2);
  if (Number(address) === 0xffffffff) return 32;
  return /^1+$/.test(ones) ? 32 - ones.length : undefined;
}

function readRange(text: string): Result<Block, BlockFault> {
  const range = parseRange(text);
  if (!range.ok) return err(faultOf(range.error));
  const prefixes = rangeToPrefixes(range.value);
  return ok({ prefixes, isRange: prefixes.length > 1 });
}

/** The range between two addresses that stand in two columns; NetBox writes a length behind each. */
export function rangeText(start: string, end: string): string {
  const bare = (text: string) => text.trim().replace(/\/[0-9]+$/, "");
  return `${bare(start)}-${bare(end)}`;
}

const KINDS: Partial<Record<ParseProblem, FaultKind>> = {
  "host-bits": "host-bits",
  "leading-zero": "leading-zero",
  "ipv4-mapped": "ipv4-mapped",
  "length-missing": "length",
  "length-invalid": "length",
  "length-too-large": "length",
  "range-reversed": "range-reversed",
};

const CURES: Partial<Record<ParseProblem, string>> = {
  "leading-zero": "write it without the zero, if decimal is meant",
  "length-invalid": "write a prefix length, as in /24",
  "length-too-large": "write one of 0 to 32, for IPv6 of 0 to 128",
};

function faultOf(failure: ParseFailure): BlockFault {
  const { suggestion, problem } = failure;
  const { suggestion: _, ...bare } = failure;
  const parsed = suggestion === undefined ? undefined : parsePrefix(suggestion);
  return {
    kind: KINDS[problem] ?? "unreadable",
    message: describeParseFailure(bare),
    cure:
      suggestion === undefined
        ? (CURES[problem] ?? "write a block, as in 10.0.0.0/24")
        : `write "${suggestion}"`,
    meant: parsed?.ok ? parsed.value : withoutZeros(failure),
  };
}

/** What lies in a row with leading zeros is not without a pool for that. */
function withoutZeros({ problem, text }: ParseFailure): Prefix | undefined {
  if (problem !== "leading-zero") return undefined;
  const parsed = parsePrefix(text.replace(/(^|\.)0+(?=[0-9])/g, "$1"), { allowHostBits: true });
  return parsed.ok ? parsed.value : undefined;
}

/** As the name of an object: `10.1.0.0-16`, `fd00-1---48`. */
export function nameOfBlock(prefix: Prefix): string {
  const text = `${formatAddress(prefix).replaceAll(":", "-")}-${prefix.length}`;
  return text.startsWith("-") ? `0${text}` : text;
}
