/**
 * Where the pools are in the database: in tables of ours, or in a table that was there before, under names of its own.
 * A table that was there before keeps its shape; ours stand beside it.
 */
import type { Family } from "../ipam/index.ts";
import { err, ok, type Result } from "../kernel/index.ts";

export interface PoolMapping {
  readonly table: string;
  /** The column that identifies a row. Usage records refer to it by a foreign key. */
  readonly key: string;
  /** `uuid`: we make the key of a new row. `database`: the database does. */
  readonly keyFrom: "database" | "uuid";
  readonly name: string;
  /** A column, or one cluster for the whole table. */
  readonly cluster: { readonly column: string } | { readonly value: string };
  /** A column with all ranges of the pool in one text, or rows of `ip_pool_ranges`. */
  readonly ranges: { readonly column: string; readonly separator: string } | "ip_pool_ranges";
  /** The families that the table is meant for. */
  readonly families: readonly Family[];
  /** Columns for what may be kept, by field. What has no column is not compared. */
  readonly optional: Readonly<Partial<Record<OptionalField, string>>>;
  /** Values for columns that a new row needs and that mean nothing here. */
  readonly constants: Readonly<Record<string, string | number>>;
}

export type OptionalField = "autoAssign" | "avoidBuggyIPs" | "owner" | "ticket" | "notes" | "retiredAt";

const OPTIONAL_FIELDS: readonly OptionalField[] = [
  "autoAssign",
  "avoidBuggyIPs",
  "owner",
  "ticket",
  "notes",
  "retiredAt",
];

/** The tables that the migrations make. */
export const OWN_MAPPING: PoolMapping = {
  table: "ip_pools",
  key: "id",
  keyFrom: "database",
  name: "name",
  cluster: { column: "cluster" },
  ranges: "ip_pool_ranges",
  families: [4, 6],
  optional: {
    autoAssign: "auto_assign",
    avoidBuggyIPs: "avoid_buggy_ips",
    owner: "owner",
    ticket: "ticket",
    notes: "notes",
    retiredAt: "retired_at",
  },
  constants: {},
};

const KNOWN = [
  "table",
  "key",
  "keyFrom",
  "name",
  "cluster",
  "ranges",
  "families",
  "constants",
  ...OPTIONAL_FIELDS,
];

/** The failure lists all that is wrong, a sentence each. */
export function readMapping(value: unknown): Result<PoolMapping, readonly string[]> {
  if (!isRecord(value)) return err(["mapping must be an object with table, key, name, cluster and ranges."]);
  const faults: string[] = [];
  for (const name of Object.keys(value)) {
    if (!KNOWN.includes(name))
      faults.push(`mapping.${name} is not known; those known are ${KNOWN.join(", ")}.`);
  }
  const text = (name: string): string => {
    const found = value[name];
    if (typeof found === "string" && found !== "") return found;
    faults.push(`mapping.${name} must be text.`);
    return "";
  };
  const optional: Partial<Record<OptionalField, string>> = {};
  for (const field of OPTIONAL_FIELDS) if (value[field] !== undefined) optional[field] = text(field);
  const mapping: PoolMapping = {
    table: text("table"),
    key: text("key"),
    name: text("name"),
    keyFrom: readKeyFrom(value.keyFrom, faults),
    cluster: readCluster(value.cluster, faults),
    ranges: readRanges(value.ranges, faults),
    families: readFamilies(value.families, faults),
    optional,
    constants: readConstants(value.constants, faults),
  };
  return faults.length === 0 ? ok(mapping) : err(faults);
}

function readKeyFrom(value: unknown, faults: string[]): PoolMapping["keyFrom"] {
  if (value === undefined || value === "database") return "database";
  if (value !== "uuid") faults.push("mapping.keyFrom must be database or uuid.");
  return "uuid";
}

function readCluster(value: unknown, faults: string[]): PoolMapping["cluster"] {
  if (isRecord(value)) {
    if (typeof value.column === "string") return { column: value.column };
    if (typeof value.value === "string") return { value: value.value };
  }
  faults.push("mapping.cluster must be {column: NAME} or {value: CLUSTER}.");
  return { value: "" };
}

function readRanges(value: unknown, faults: string[]): PoolMapping["ranges"] {
  if (isRecord(value) && typeof value.column === "string") {
    const { column, separator = "," } = value;
    if (typeof separator === "string" && separator !== "" && !separator.includes("-")) {
      return { column, separator };
    }
  }
  faults.push('mapping.ranges must be {column: NAME, separator: ","}; the separator cannot hold a dash.');
  return { column: "", separator: "," };
}

function readFamilies(value: unknown, faults: string[]): readonly Family[] {
  if (value === undefined) return [4, 6];
  const good =
    Array.isArray(value) && value.length > 0 && value.every((family) => family === 4 || family === 6);
  if (!good) faults.push("mapping.families must be a list of 4 and 6.");
  return good ? (value as Family[]) : [4, 6];
}

function readConstants(value: unknown, faults: string[]): PoolMapping["constants"] {
  if (value === undefined) return {};
  const good =
    isRecord(value) &&
    Object.values(value).every((one) => typeof one === "string" || typeof one === "number");
  if (!good) faults.push("mapping.constants must map columns to text or numbers.");
  return good ? (value as Record<string, string | number>) : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
