/**
 * Whether an existing table matches its configuration. All problems are reported at once, before
 * anything is written.
 */
import { classOf, INSTANT_LENGTH } from "./column-types.ts";
import type { DialectName } from "./connection-string.ts";
import type { OptionalField, PoolMapping } from "./mapping.ts";
import { rangeFaults, rangeSettings } from "./range-faults.ts";
import type { ColumnShape, TableShape } from "./table-shape.ts";

const SHORTEST_KEY = 36;
const FLAGS: readonly OptionalField[] = ["autoAssign", "avoidBuggyIPs"];

/** A sentence for each thing that does not fit; none: the table can be used. */
export function checkMapping(
  mapping: PoolMapping,
  shape: TableShape | undefined,
  dialect: DialectName,
): readonly string[] {
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
  faults.push(
    ...checkNames(mapping, shape),
    ...checkFlags(mapping, shape),
    ...checkRetirement(mapping, shape),
  );
  faults.push(...checkGiven(mapping, shape), ...checkGenerated(mapping, shape));
  faults.push(...rangeFaults(mapping, shape, dialect));
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
    ...rangeSettings(mapping),
    ...(mapping.retired === undefined ? [] : [["retired.column", mapping.retired.column] as const]),
    ...Object.entries(mapping.optional),
    ...Object.keys(mapping.constants).map((name) => ["constants", name] as const),
    ...Object.keys(mapping.where ?? {}).map((name) => ["where", name] as const),
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

/** Columns that a new row requires, and that would not be set. */
function checkRequired(mapping: PoolMapping, shape: TableShape): readonly string[] {
  const mapped = new Set(columnsOf(mapping).map(([, name]) => name));
  return [...shape.columns.values()]
    .filter((column) => !column.nullable && !column.filled && !mapped.has(column.name))
    .map(
      ({ name }) =>
        `the column ${name} of ${mapping.table} must have a value in every row, and nothing is mapped to it; map it, or give it one in mapping.constants.`,
    );
}

function checkNames(mapping: PoolMapping, shape: TableShape): readonly string[] {
  const names = [["name", mapping.name] as const];
  const own = "column" in mapping.cluster ? [["cluster", mapping.cluster.column] as const] : [];
  return [...names, ...own].flatMap(([setting, name]) => {
    const type = shape.columns.get(name)?.type;
    if (type === undefined || classOf(type) === "text") return [];
    return [`the column ${name} of ${mapping.table} is of type ${type}; mapping.${setting} needs text.`];
  });
}

function checkFlags(mapping: PoolMapping, shape: TableShape): readonly string[] {
  return FLAGS.flatMap((field) => {
    const column = shape.columns.get(mapping.optional[field] ?? "");
    if (column === undefined || ["integer", "boolean", "decimal"].includes(classOf(column.type))) return [];
    return [
      `the column ${column.name} of ${mapping.table} is of type ${column.type}; ${field} needs a boolean or a number.`,
    ];
  });
}

function checkRetirement(mapping: PoolMapping, shape: TableShape): readonly string[] {
  const column = shape.columns.get(mapping.optional.retiredAt ?? "");
  if (column === undefined) return [];
  const { table } = mapping;
  const { name, type, maxLength, nullable } = column;
  const faults: string[] = [];
  if (!["text", "instant", "date"].includes(classOf(type))) {
    faults.push(
      `the column ${name} of ${table} is of type ${type}; retiredAt needs DATETIME, TIMESTAMP, DATE or text. For a flag, use mapping.retired.`,
    );
  } else if (maxLength !== undefined && maxLength < INSTANT_LENGTH) {
    faults.push(
      `the column ${name} of ${table} holds ${maxLength} characters, and an instant has ${INSTANT_LENGTH}; widen it.`,
    );
  }
  if (!nullable) {
    faults.push(
      `the column ${name} of ${table} takes no NULL, which retiredAt is for a pool that lives; allow it, or use mapping.retired for a flag.`,
    );
  }
  return faults;
}

/** Values that the configuration gives: do the columns take them? */
function checkGiven(mapping: PoolMapping, shape: TableShape): readonly string[] {
  const { table, constants, where = {}, retired, cluster } = mapping;
  const given: (readonly [setting: string, column: string, value: unknown])[] = [
    ...Object.entries(constants).map(([column, value]) => ["constants", column, value] as const),
    ...Object.entries(where).map(([column, value]) => ["where", column, value] as const),
    ...(retired === undefined
      ? []
      : [retired.value, retired.living].map((value) => ["retired", retired.column, value] as const)),
  ];
  const faults = given.flatMap(([setting, column, value]) => {
    const found = shape.columns.get(column);
    if (found === undefined) return [];
    const of = `the column ${column} of ${table}, which mapping.${setting} gives ${JSON.stringify(value)},`;
    if (value === null) return found.nullable ? [] : [`${of} takes no NULL.`];
    const { maxLength, type } = found;
    if (maxLength !== undefined && String(value).length > maxLength) {
      return [`${of} holds ${maxLength} characters.`];
    }
    const isNumber = ["integer", "decimal", "boolean"].includes(classOf(type));
    const isNumeric = typeof value !== "string" || /^-?\d+(\.\d+)?$/.test(value);
    return isNumber && !isNumeric ? [`${of} is of type ${type}, which takes no such text.`] : [];
  });
  return "column" in cluster && cluster.column in where
    ? [...faults, `mapping.where names ${cluster.column}, which is the column of the cluster already.`]
    : faults;
}

/** Columns that we would write, and that the database computes. */
function checkGenerated(mapping: PoolMapping, shape: TableShape): readonly string[] {
  const written = columnsOf(mapping).filter(([setting]) => !["owner", "ticket", "notes"].includes(setting));
  return written
    .filter(([, name]) => shape.columns.get(name)?.generated === true)
    .map(
      ([setting, name]) =>
        `the column ${name} of ${mapping.table}, which mapping.${setting} names, is computed by the database and cannot be written; map the columns that it is computed from.`,
    );
}
