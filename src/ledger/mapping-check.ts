/**
 * Whether an existing table fits what the configuration says of it. Everything that does not is said at once, before
 * anything is written.
 */
import type { OptionalField, PoolMapping } from "./mapping.ts";
import { ADDRESS_TEXT_LENGTH } from "./pool-index.ts";
import type { ColumnShape, TableShape } from "./table-shape.ts";

const SHORTEST_KEY = 36;
const FLAGS: readonly OptionalField[] = ["autoAssign", "avoidBuggyIPs"];

/** A sentence for each thing that does not fit; none: the table can be used. */
export function checkMapping(mapping: PoolMapping, shape: TableShape | undefined): readonly string[] {
  const { table } = mapping;
  if (shape === undefined) {
    return [
      `the table ${table} is not there, or this user may not see it; check mapping.table and its case.`,
    ];
  }
  const faults: string[] = [];
  for (const [setting, name] of columnsOf(mapping)) {
    if (!shape.columns.has(name)) faults.push(missingColumn(table, setting, name, shape));
  }
  if (shape.columns.has(mapping.key)) faults.push(...checkKey(mapping, shape));
  faults.push(...checkRequired(mapping, shape));
  faults.push(...checkTypes(mapping, shape));
  if (shape.engine !== undefined && shape.engine.toLowerCase() !== "innodb") {
    faults.push(
      `the table ${table} is kept by ${shape.engine}, which has no foreign keys; convert it to InnoDB, so that usage can refer to it.`,
    );
  }
  return faults;
}

/** Setting → column, for all columns that the mapping names. */
function columnsOf(mapping: PoolMapping): readonly (readonly [string, string])[] {
  return [
    ["key", mapping.key],
    ["name", mapping.name],
    ...("column" in mapping.cluster ? [["cluster.column", mapping.cluster.column] as const] : []),
    ...(mapping.ranges === "ip_pool_ranges" ? [] : [["ranges.column", mapping.ranges.column] as const]),
    ...Object.entries(mapping.optional),
    ...Object.keys(mapping.constants).map((name) => ["constants", name] as const),
  ];
}

function missingColumn(table: string, setting: string, name: string, shape: TableShape): string {
  const alike = [...shape.columns.keys()].find((column) => column.toLowerCase() === name.toLowerCase());
  const cure =
    alike === undefined ? `its columns are ${[...shape.columns.keys()].join(", ")}` : `it has ${alike}`;
  return `the table ${table} lacks the column ${name}, which mapping.${setting} names; ${cure}.`;
}

function checkKey(mapping: PoolMapping, shape: TableShape): readonly string[] {
  const { table, key, keyFrom } = mapping;
  const column = shape.columns.get(key) as ColumnShape;
  const faults: string[] = [];
  if (!shape.unique.has(key)) {
    faults.push(
      `the column ${key} of ${table} is neither its primary key nor unique, so usage cannot refer to it.`,
    );
  }
  if (keyFrom === "database" && !column.filled) {
    faults.push(`the database does not make values for ${key} of ${table}; set mapping.keyFrom to uuid.`);
  }
  if (keyFrom === "uuid" && column.maxLength !== undefined && column.maxLength < SHORTEST_KEY) {
    faults.push(
      `the column ${key} of ${table} holds ${column.maxLength} characters, and a UUID has ${SHORTEST_KEY}.`,
    );
  }
  return faults;
}

/** Columns that a new row needs, and that nobody would fill. */
function checkRequired(mapping: PoolMapping, shape: TableShape): readonly string[] {
  const mapped = new Set(columnsOf(mapping).map(([, name]) => name));
  return [...shape.columns.values()]
    .filter((column) => !column.nullable && !column.filled && !mapped.has(column.name))
    .map(
      ({ name }) =>
        `the column ${name} of ${mapping.table} must have a value in every row, and nothing is mapped to it; map it, or give it one in mapping.constants.`,
    );
}

function checkTypes(mapping: PoolMapping, shape: TableShape): readonly string[] {
  const faults: string[] = [];
  const { table, ranges } = mapping;
  if (ranges !== "ip_pool_ranges") {
    const column = shape.columns.get(ranges.column);
    if (column !== undefined && !/char|text|clob/i.test(column.type)) {
      faults.push(`the column ${ranges.column} of ${table} is of type ${column.type}; ranges need text.`);
    }
    const needed = mapping.families.includes(6) ? ADDRESS_TEXT_LENGTH + 4 : 18;
    if (column?.maxLength !== undefined && column.maxLength < needed) {
      faults.push(
        `the column ${ranges.column} of ${table} holds ${column.maxLength} characters, and one range may need ${needed}; widen it, or set mapping.families to [4] if it is meant for IPv4.`,
      );
    }
  }
  for (const field of FLAGS) {
    const column = shape.columns.get(mapping.optional[field] ?? "");
    if (column !== undefined && !/int|bool|bit|numeric|decimal/i.test(column.type)) {
      faults.push(
        `the column ${column.name} of ${table} is of type ${column.type}; ${field} needs a boolean or a number.`,
      );
    }
  }
  return faults;
}
