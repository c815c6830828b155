/**
 * Why a pool cannot be written into a table, before it is tried: the family, the form of its ranges, or the length of a
 * value. So one pool that does not fit is held back, and the others are written.
 */

import { classOf } from "./column-types.ts";
import type { PoolMapping } from "./mapping.ts";
import { MOST_RANGE_TEXT } from "./own-ranges.ts";
import { parsePoolRange } from "./pool-range.ts";
import type { Values } from "./pool-rows.ts";
import type { PoolContent } from "./records.ts";
import type { TableShape } from "./table-shape.ts";

/**
 * @param units what the rows of the pool would hold; undefined for our own table
 * @returns undefined, or one sentence
 */
export function poolMisfit(
  content: PoolContent,
  units: readonly Values[] | undefined,
  mapping: PoolMapping,
  shape: TableShape,
): string | undefined {
  const { families, table, ranges } = mapping;
  const { name } = content;
  for (const text of content.ranges) {
    const range = parsePoolRange(text);
    if (range.ok && !families.includes(range.value.first.family)) {
      return `the pool ${name} has the IPv${range.value.first.family} range ${text}, and ${table} is for IPv${families.join(" and IPv")} only.`;
    }
    if (units === undefined && text.length > MOST_RANGE_TEXT) {
      return `the pool ${name} has a range of ${text.length} characters, and ${MOST_RANGE_TEXT} are kept; write it without blanks.`;
    }
  }
  if (units?.length === 0) return `the pool ${name} has no range that ${table} could hold.`;
  if (units !== undefined && units.length > 1 && ranges !== "ip_pool_ranges" && ranges.rows !== true) {
    const columns = "column" in ranges ? [ranges.column] : Object.values(ranges).filter(String);
    return `the pool ${name} has the ranges ${content.ranges.join(", ")}, which need ${units.length} rows, and a row of ${table} holds one in ${columns.join(" and ")}; set rows: true in mapping.ranges if a pool may be several rows.`;
  }
  const values: Values = [[mapping.name, name], ...(units ?? []).flat()];
  for (const [column, value] of values) {
    const { maxLength, type = "" } = shape.columns.get(column) ?? {};
    const length = String(value).length;
    if (maxLength === undefined || classOf(type) === "binary" || length <= maxLength) continue;
    const what = column === mapping.name ? "name" : "ranges";
    return `the ${what} of the pool ${name} ${what === "name" ? "needs" : "need"} ${length} characters, and ${column} of ${table} holds ${maxLength}.`;
  }
  return undefined;
}
