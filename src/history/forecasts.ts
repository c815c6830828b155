/** When the pools of a cluster will be full, from the record alone. */
import { addressCount, contains, mergePrefixes, type Prefix, parsePrefix } from "../ipam/index.ts";
import type { Facts } from "./facts.ts";
import {
  type DailyUsage,
  dateOf,
  dayOf,
  type Forecast,
  forecast,
  LONGEST_WINDOW,
  seriesOf,
} from "./growth.ts";
import type { PoolGrowth } from "./usage-table.ts";

/**
 * Addresses of a range that can be allocated: all but the reserved ones. Undefined: the range cannot be read.
 */
export function capacityOf(
  cidr: string,
  reserved: readonly { readonly cidr: string }[] = [],
): number | undefined {
  const range = parsePrefix(cidr);
  if (!range.ok) return undefined;
  const excluded: Prefix[] = [];
  for (const each of reserved) {
    const parsed = parsePrefix(each.cidr);
    if (parsed.ok && contains(range.value, parsed.value)) excluded.push(parsed.value);
  }
  const taken = mergePrefixes(excluded).reduce((sum, prefix) => sum + addressCount(prefix), 0n);
  return Number(addressCount(range.value) - taken);
}

export function poolKey(namespace: string, pool: string): string {
  return `${namespace}/${pool}`;
}

/**
 * The forecast of one pool.
 *
 * @param used addresses now; default: by the record
 * @param today RFC 3339, or a day
 */
export function forecastPool(
  growth: PoolGrowth,
  { namespace, pool }: { readonly namespace: string; readonly pool: string },
  capacity: number,
  today: string,
  used?: number,
): Forecast {
  const changes = growth.changes.get(poolKey(namespace, pool)) ?? new Map<number, number>();
  const now = used ?? growth.totals.get(poolKey(namespace, pool)) ?? 0;
  return forecast(usageSeries(growth, changes, now, dayOf(today)), capacity);
}

function usageSeries(
  growth: PoolGrowth,
  changes: ReadonlyMap<number, number>,
  used: number,
  today: number,
): DailyUsage[] {
  return growth.firstDay === undefined ? [] : seriesOf(used, changes, growth.firstDay, today);
}

/** The first day whose changes matter. */
export function sinceFor(today: string): string {
  return dateOf(dayOf(today) - LONGEST_WINDOW - 1);
}

/** A pool that is recorded: its range and what of it is reserved. */
export function recordedCapacity({ cidr = "", settings = "{}" }: Facts): number | undefined {
  try {
    const { reserved } = JSON.parse(settings) as { readonly reserved?: readonly { readonly cidr: string }[] };
    return capacityOf(cidr, reserved);
  } catch {
    return capacityOf(cidr);
  }
}
