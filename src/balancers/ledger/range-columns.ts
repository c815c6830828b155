/**
 * Address ranges in the columns of a table that was there before: all in one text, a network with its mask, first and last
 * address; as text, numbers, bytes or the database's own address types. What is in a row is read as CIDRs or `a-b`, and
 * written in the form that the column has. A unit is what one row can hold.
 */
import {
  type Address,
  type AddressRange,
  type Family,
  formatAddress,
  formatPrefix,
  formatRange,
  type Prefix,
  parseAddress,
  rangeToPrefixes,
  truncate,
  widthOf,
} from "../../ipam/index.ts";
import { classOf } from "./column-types.ts";
import type { RangeMapping } from "./mapping.ts";
import { parsePoolRange } from "./pool-range.ts";
import type { TableShape } from "./table-shape.ts";

type Values = readonly (readonly [column: string, value: unknown])[];

export interface RangeColumns {
  /** To be selected, in this order. */
  readonly columns: readonly string[];
  /** What a row holds, from the values of the columns. What cannot be read comes as it is written, for a person to see. */
  read(values: readonly unknown[]): string[];
  /** What the rows of a pool are to hold, a row each: several where a row holds one range. */
  write(ranges: readonly string[]): readonly Values[];
}

export function rangeColumns(
  mapping: RangeMapping,
  shape: TableShape,
  families: readonly Family[],
): RangeColumns {
  const typeOf = (column: string) => shape.columns.get(column)?.type ?? "";
  if ("start" in mapping) return startAndEnd(mapping, typeOf, families);
  if ("network" in mapping) return networkAndMask(mapping, typeOf, families);
  const kind = classOf(typeOf(mapping.column));
  return kind === "inet" || kind === "cidr"
    ? oneNetwork(mapping.column)
    : oneText(mapping.column, mapping.separator, mapping.rows === true);
}

function oneText(column: string, separator: string, isRow: boolean): RangeColumns {
  const text = (ranges: readonly string[]): Values => [[column, ranges.join(separator)]];
  return {
    columns: [column],
    read: ([value]) => listed(value, separator),
    write: (ranges) => (isRow ? ranges.map((range) => text([range])) : [text(ranges)]),
  };
}

function listed(value: unknown, separator: string): string[] {
  const texts = String(value ?? "").split(separator);
  return texts.map((text) => text.trim()).filter((text) => text !== "");
}

function oneNetwork(column: string): RangeColumns {
  return {
    columns: [column],
    read: ([value]) => listed(value, ","),
    write: (ranges) => prefixesOf(ranges).map((prefix) => [[column, formatPrefix(prefix)]]),
  };
}

type TypeOf = (column: string) => string;

function startAndEnd(
  { start, end }: { readonly start: string; readonly end: string },
  typeOf: TypeOf,
  families: readonly Family[],
): RangeColumns {
  return {
    columns: [start, end],
    read: ([first, last]) => {
      if (first === null && last === null) return [];
      const from = addressIn(first, families);
      const to = addressIn(last, families);
      if (from === undefined || to === undefined || from.family !== to.family)
        return [`${shown(first)}-${shown(last)}`];
      return [rangeText({ first: from, last: to })];
    },
    write: (ranges) =>
      readable(ranges).map(({ first, last }) => [
        [start, addressFor(typeOf(start), first)],
        [end, addressFor(typeOf(end), last)],
      ]),
  };
}

function networkAndMask(
  { network, mask }: { readonly network: string; readonly mask: string },
  typeOf: TypeOf,
  families: readonly Family[],
): RangeColumns {
  return {
    columns: [network, mask],
    read: ([base, width]) => {
      if (base === null && width === null) return [];
      const address = addressIn(typeof base === "string" ? base.split("/")[0] : base, families);
      const length = address === undefined ? undefined : lengthIn(width, address.family);
      if (address === undefined || length === undefined) return [`${shown(base)}/${shown(width)}`];
      // An address within the network stands for the network, as in the tables of most who keep a mask.
      return [formatPrefix(truncate(address, length))];
    },
    write: (ranges) =>
      prefixesOf(ranges).map((prefix) => [
        [network, addressFor(typeOf(network), prefix)],
        [mask, maskFor(typeOf(mask), prefix)],
      ]),
  };
}

function readable(ranges: readonly string[]): AddressRange[] {
  return ranges.flatMap((text) => {
    const range = parsePoolRange(text);
    return range.ok ? [range.value] : [];
  });
}

function prefixesOf(ranges: readonly string[]): Prefix[] {
  return readable(ranges).flatMap(rangeToPrefixes);
}

/** As a CIDR where it is one. */
function rangeText(range: AddressRange): string {
  if (BigInt(range.first.address) > BigInt(range.last.address)) return formatRange(range);
  const [only, second] = rangeToPrefixes(range);
  return only !== undefined && second === undefined ? formatPrefix(only) : formatRange(range);
}

function shown(value: unknown): string {
  return Buffer.isBuffer(value) ? `0x${value.toString("hex")}` : String(value);
}

/** Text, a number, or bytes in network order. */
function addressIn(value: unknown, families: readonly Family[]): Address | undefined {
  if (Buffer.isBuffer(value))
    return value.length === 0
      ? undefined
      : addressOf(`0x${value.toString("hex")}`, value.length === 4 ? 4 : 6);
  const text = String(value).trim();
  if (/^\d+$/.test(text)) return addressOf(text, families[0] ?? 4);
  const parsed = parseAddress(text.replace(/\/(32|128)$/, ""));
  return parsed.ok ? parsed.value : undefined;
}

function addressOf(digits: string, family: Family): Address | undefined {
  const number = BigInt(digits);
  if (number >= 1n << BigInt(widthOf(family))) return undefined;
  return family === 4 ? { family, address: Number(number) } : { family, address: number };
}

function addressFor(type: string, { family, address }: Address): unknown {
  switch (classOf(type)) {
    case "integer":
    case "decimal":
      return String(address);
    case "binary":
      return Buffer.from(
        BigInt(address)
          .toString(16)
          .padStart(widthOf(family) / 4, "0"),
        "hex",
      );
    default:
      return formatAddress({ family, address } as Address);
  }
}

/** A prefix length, with or without its slash, or a mask such as `255.255.255.0`. */
function lengthIn(value: unknown, family: Family): number | undefined {
  const text = String(value).trim().replace(/^\//, "");
  if (/^\d{1,3}$/.test(text)) return Number(text) <= widthOf(family) ? Number(text) : undefined;
  const mask = parseAddress(text);
  if (!mask.ok || mask.value.family !== family) return undefined;
  const bits = BigInt(mask.value.address).toString(2).padStart(widthOf(family), "0");
  return /^1*0*$/.test(bits) ? bits.lastIndexOf("1") + 1 : undefined;
}

/** Numbers are prefix lengths; text is a dotted mask for IPv4, as those tables have it that use text. */
function maskFor(type: string, { family, length }: Prefix): unknown {
  if (classOf(type) !== "text" && classOf(type) !== "inet") return length;
  if (family === 6) return String(length);
  const address = length === 0 ? 0 : 2 ** 32 - 2 ** (32 - length);
  return formatAddress({ family: 4, address });
}
