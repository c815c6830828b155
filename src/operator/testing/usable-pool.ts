/** A pool that blocks can be taken from, with some already taken. */
import { readPoolSettings, type SubnetPool } from "../../api/index.ts";
import { PoolSpace, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { assert } from "../../kernel/index.ts";
import type { UsablePool } from "../model/pool-state.ts";

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  assert(parsed.ok, "a test names a prefix that is none", { text });
  return parsed.value;
}

export function usablePool(object: SubnetPool, taken: Readonly<Record<string, string>> = {}): UsablePool {
  const settings = readPoolSettings(object);
  assert(settings.ok, "a test describes a pool with faults", { object });
  const space = new PoolSpace(settings.value);
  for (const [owner, cidr] of Object.entries(taken)) space.occupy(owner, prefix(cidr));
  return { state: "usable", settings: settings.value, space };
}
