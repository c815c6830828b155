/** How many addresses a pool gained or lost in a day: what growth is read from. Pure. */
import { addressCount, parsePrefix } from "../ipam/index.ts";
import type { Facts } from "./facts.ts";

export interface PoolUsage {
  readonly namespace: string;
  readonly pool: string;
  /** `2026-05-03`, in UTC. */
  readonly day: string;
  readonly change: number;
}

/** Adds a block that was gained (1) or lost (-1) to the changes of its pool and day. */
export function usageChange(usage: Map<string, PoolUsage>, facts: Facts, day: string, sign: 1 | -1): void {
  const { namespace, pool = "", cidr = "" } = facts;
  const prefix = parsePrefix(cidr);
  if (!prefix.ok || pool === "") return;
  const key = `${namespace}/${pool}/${day}`;
  const change = (usage.get(key)?.change ?? 0) + sign * Number(addressCount(prefix.value));
  usage.set(key, { namespace, pool, day, change });
}
