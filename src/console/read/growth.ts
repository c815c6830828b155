/**
 * How fast a pool fills: from the times at which its present blocks were allocated. Without a history; where
 * one is kept, `history/growth.ts` forecasts from the usage of each day.
 */

import { addressCount, daysToFull, LEAST_GROWTH_DAYS, type PoolSpace } from "../../ipam/index.ts";
import { defined, formatTime } from "../../kernel/index.ts";
import type { TrendAnswer } from "../answers.ts";
import type { BlockOrder } from "../map/block-order.ts";
import { weightOf } from "../map/block-sum.ts";

const DAY_SECONDS = 86_400;
/** The time that is looked back. */
const GROWTH_DAYS = 30;
/** Two points a day. */
const POINTS = 60;

export interface Growth {
  /** Percent of the addresses of the pool that its present blocks took in {@link GROWTH_DAYS}. */
  readonly growthPercent: number;
  readonly daysToFull?: number;
}

/** By pool, and the version of its blocks and the day for which it is right. */
const known = new WeakMap<BlockOrder, { readonly at: string; readonly percent: number }>();

/** @param created `metadata.creationTimestamp` of the pool */
export function growthOf(
  order: BlockOrder,
  space: PoolSpace,
  created: string | undefined,
  nowMs: number,
): Growth {
  const today = Math.floor(nowMs / 1000 / DAY_SECONDS);
  const at = `${order.version} ${today} ${space.cidr.length}`;
  let found = known.get(order);
  if (found?.at !== at) {
    const since = (today - GROWTH_DAYS) * DAY_SECONDS;
    found = { at, percent: percentSince(order, space, since) };
    known.set(order, found);
  }
  const growthPercent = Math.round(found.percent * 100) / 100;
  const { free } = space.accounting();
  const freePercent = Number((free * 1_000_000n) / addressCount(space.cidr)) / 10_000;
  const ageDays = (nowMs - Date.parse(created ?? "")) / 1000 / DAY_SECONDS;
  if (!(ageDays >= LEAST_GROWTH_DAYS)) return { growthPercent };
  const days = daysToFull(freePercent, found.percent / Math.min(ageDays, GROWTH_DAYS));
  return { growthPercent, ...defined({ daysToFull: days && Math.round(days) }) };
}

function percentSince(order: BlockOrder, space: PoolSpace, since: number): number {
  if (order.total().since < since) return 0;
  let weight = 0;
  for (const entry of order.values()) {
    if (entry.isHeld && entry.since >= since) weight += weightOf(entry.prefix);
  }
  return Math.min(100, weight * 2 ** space.cidr.length * 100);
}

/** Percent of use at each of {@link POINTS} times, as far as present blocks show it. */
export function trendOf(order: BlockOrder, space: PoolSpace, nowMs: number): TrendAnswer["points"] {
  const end = Math.floor(nowMs / 1000);
  const step = (GROWTH_DAYS * DAY_SECONDS) / (POINTS - 1);
  const start = end - GROWTH_DAYS * DAY_SECONDS;
  const added = new Float64Array(POINTS);
  for (const entry of order.values()) {
    if (!entry.isHeld) continue;
    const at = Math.max(0, Math.ceil((entry.since - start) / step));
    if (at < POINTS) added[at] = (added[at] as number) + weightOf(entry.prefix);
  }
  let weight = 0;
  return Array.from(added, (more, at) => {
    weight += more;
    const usePercent = Math.min(100, Math.round(weight * 2 ** space.cidr.length * 10_000) / 100);
    return { at: formatTime((start + at * step) * 1000), usePercent };
  });
}
