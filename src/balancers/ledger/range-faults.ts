/**
 * Whether the columns of a table can hold address ranges in the form of the mapping.
 */
import { classOf, largestIn } from "./column-types.ts";
import type { DialectName } from "./connection-string.ts";
import type { PoolMapping } from "./mapping.ts";
import { ADDRESS_TEXT_LENGTH } from "./pool-index.ts";
import type { ColumnShape, TableShape } from "./table-shape.ts";

type Setting = readonly [setting: string, column: string];

/** Setting → column. */
export function rangeSettings({ ranges }: PoolMapping): readonly Setting[] {
  if (ranges === "ip_pool_ranges") return [];
  if ("column" in ranges) return [["ranges.column", ranges.column]];
  if ("start" in ranges) {
    return [
      ["ranges.start", ranges.start],
      ["ranges.end", ranges.end],
    ];
  }
  return [
    ["ranges.network", ranges.network],
    ["ranges.mask", ranges.mask],
  ];
}

/** A sentence each. Columns that are not there are not ours to report. */
export function rangeFaults(
  mapping: PoolMapping,
  shape: TableShape,
  dialect: DialectName,
): readonly string[] {
  return rangeSettings(mapping).flatMap(([setting, name]) => {
    const column = shape.columns.get(name);
    if (column === undefined) return [];
    if (setting === "ranges.column") return textFaults(mapping, column);
    if (setting === "ranges.mask") return maskFaults(mapping, column);
    return addressFaults(mapping, column, setting, dialect);
  });
}

function textFaults({ table, families }: PoolMapping, { name, type, maxLength }: ColumnShape): string[] {
  const kind = classOf(type);
  if (kind === "inet" || kind === "cidr") return [];
  const faults: string[] = [];
  if (kind !== "text") {
    faults.push(`the column ${name} of ${table} is of type ${type}; ranges need text, or inet or cidr.`);
  }
  const needed = families.includes(6) ? ADDRESS_TEXT_LENGTH + 4 : 18;
  if (maxLength !== undefined && maxLength < needed && kind === "text") {
    faults.push(
      `the column ${name} of ${table} holds ${maxLength} characters, and one range may need ${needed}; widen it${narrower(families)}.`,
    );
  }
  return faults;
}

function narrower(families: PoolMapping["families"]): string {
  return families.includes(4) && families.includes(6)
    ? ", or set mapping.families to [4] if it is meant for IPv4"
    : "";
}

function maskFaults({ table, families }: PoolMapping, { name, type, maxLength }: ColumnShape): string[] {
  const kind = classOf(type);
  if (kind === "integer" || kind === "decimal") return [];
  if (kind !== "text") {
    return [`the column ${name} of ${table} is of type ${type}; ranges.mask needs a number or text.`];
  }
  const needed = families.includes(4) ? "255.255.255.255".length : 3;
  if (maxLength === undefined || maxLength >= needed) return [];
  return [
    `the column ${name} of ${table} holds ${maxLength} characters, and a mask may need ${needed}; widen it, or keep prefix lengths in a column of numbers.`,
  ];
}

function addressFaults(
  { table, families }: PoolMapping,
  { name, type, maxLength }: ColumnShape,
  setting: string,
  dialect: DialectName,
): string[] {
  const of = `the column ${name} of ${table}`;
  switch (classOf(type)) {
    case "inet":
      return [];
    case "text": {
      const needed = families.includes(6) ? ADDRESS_TEXT_LENGTH : 15;
      if (maxLength === undefined || maxLength >= needed) return [];
      return [
        `${of} holds ${maxLength} characters, and an address may need ${needed}; widen it${narrower(families)}.`,
      ];
    }
    case "binary":
      return maxLength !== undefined && families.includes(6) && maxLength < 16
        ? [`${of} holds ${maxLength} bytes, and an address may need 16; widen it${narrower(families)}.`]
        : [];
    case "integer":
    case "decimal":
      return numberFaults(of, type, families, dialect);
    case "cidr":
      return [`${of} is of type ${type}, which holds networks; ${setting} needs inet, text or a number.`];
    default:
      return [`${of} is of type ${type}; ${setting} needs text, a number, bytes or inet.`];
  }
}

function numberFaults(
  of: string,
  type: string,
  families: PoolMapping["families"],
  dialect: DialectName,
): string[] {
  if (families.length !== 1) {
    return [`${of} holds numbers, which do not say their family; set mapping.families to [4] or to [6].`];
  }
  const needed = 2n ** (families[0] === 4 ? 32n : 128n) - 1n;
  const largest = largestIn(type, dialect) ?? 0n;
  if (largest >= needed) return [];
  const cure = families[0] === 4 ? "BIGINT or INT UNSIGNED" : "DECIMAL(39)";
  return [
    `${of} is of type ${type}, which holds numbers up to ${largest}, and addresses go up to ${needed}; make it ${cure}.`,
  ];
}
