/** What is free in a pool: where, and how many blocks of each size. Pure. */
import type { PoolSettings } from "../../../api/index.ts";
import {
  contains,
  formatPrefix,
  freeCount,
  next,
  type PoolSpace,
  type Prefix,
  truncate,
} from "../../../ipam/index.ts";
import { defined } from "../../../kernel/index.ts";
import { allObjects, type FleetObjects } from "../../check/fleet-objects.ts";
import { recomputeWorld } from "../../check/recomputed-world.ts";
import { type PoolUse, useOf } from "../what-if/pool-use.ts";

export interface FreeInPool {
  readonly namespace: string;
  readonly pool: string;
  readonly use: PoolUse;
  /** Why nothing can be allocated from the pool now, though it is free. */
  readonly notice?: string;
  /** Sizes that the pool allocates. */
  readonly sizes: { readonly min: number; readonly max: number; readonly usual: number };
  /** The requested length; absent: maximal free blocks of any size. */
  readonly size?: number;
  /** How many blocks of `size` are free, exact to 2^53−1; or how many maximal free blocks there are. */
  readonly count: number;
  /** The lowest, as many as were asked for. */
  readonly blocks: readonly string[];
}

/**
 * @param objects all those of the pool's namespace, of one moment
 * @param limit the most blocks that are listed
 * @returns undefined when there is no such pool; a sentence continuing "pool NAME …" when it has no range
 */
export function findFree(
  objects: FleetObjects,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { size, limit }: { readonly size?: number; readonly limit: number },
): FreeInPool | string | undefined {
  const world = recomputeWorld(allObjects(objects));
  const pool = world.pools.get(namespace, name);
  const view = world.spaces.view(`${namespace}/${name}`);
  if (pool === undefined || view === undefined) return undefined;
  if (!view.settings.ok || view.space === undefined) return "has an invalid spec";
  const { space } = view;
  const settings = view.settings.value;
  const accounting = space.accounting();
  const count =
    size === undefined
      ? accounting.maximalFreeBySize.reduce((sum, each) => sum + each, 0)
      : freeCount(accounting, size);
  const notice = noticeOf(settings, size, world.poolState(namespace, name));
  return {
    namespace,
    pool: name,
    use: useOf(space),
    ...defined({ notice }),
    sizes: { min: settings.minLength, max: settings.maxLength, usual: settings.defaultLength },
    ...defined({ size }),
    count,
    blocks: [...freeOfSize(space, size, limit)],
  };
}

function noticeOf(
  { isPaused, minLength, maxLength }: PoolSettings,
  size: number | undefined,
  state: { readonly state: string; readonly why?: string },
): string | undefined {
  if (state.state === "not-ready") return `the pool ${state.why}`;
  if (isPaused) return "the pool is paused: it allocates nothing to new claims";
  if (size !== undefined && (size < minLength || size > maxLength))
    return `the pool allocates /${minLength} to /${maxLength}, and no /${size}`;
  return undefined;
}

function* freeOfSize(space: PoolSpace, size: number | undefined, limit: number): Generator<string> {
  let left = limit;
  for (const free of space.freeBlocks()) {
    if (size === undefined) {
      if (left-- <= 0) return;
      yield formatPrefix(free);
      continue;
    }
    if (free.length > size) continue;
    let at: Prefix | undefined = truncate(free, size);
    while (at !== undefined && contains(free, at)) {
      if (left-- <= 0) return;
      yield formatPrefix(at);
      at = next(at);
    }
  }
}
