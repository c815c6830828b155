/** How full a pool is, and what is free in it. */
import { type Accounting, formatPrefix, type PoolSpace } from "../../ipam/index.ts";
import type { OperatorWorld } from "../view/world.ts";

export interface PoolUse {
  readonly cidr: string;
  /** Allocated of all addresses, with two decimals, as in the status of the pool. */
  readonly utilizationPercent: number;
  /** 0: all that is free is one block. */
  readonly fragmentationPercent: number;
  /** The lowest of the largest free blocks. Absent: nothing is free. */
  readonly largestFree?: string;
  /** Maximal free blocks by prefix length. */
  readonly free: Readonly<Record<string, number>>;
}

/** Undefined: there is no such pool, or it has no valid range. */
export function poolUse(world: OperatorWorld, namespace: string, name: string): PoolUse | undefined {
  const space = world.spaces.view(`${namespace}/${name}`)?.space;
  return space === undefined ? undefined : useOf(space);
}

export function useOf(space: PoolSpace): PoolUse {
  const accounting = space.accounting();
  const largest = largestFreeOf(space, accounting);
  return {
    cidr: formatPrefix(space.cidr),
    utilizationPercent: accounting.utilizationPercent,
    fragmentationPercent: accounting.fragmentationPercent,
    ...(largest === undefined ? {} : { largestFree: largest }),
    free: Object.fromEntries(
      accounting.maximalFreeBySize.flatMap((count, length) => (count > 0 ? [[length, count]] : [])),
    ),
  };
}

function largestFreeOf(space: PoolSpace, { largestFreeLength }: Accounting): string | undefined {
  if (largestFreeLength === undefined) return undefined;
  const found = space.find(largestFreeLength, "Linear");
  return found.ok ? formatPrefix(found.value) : undefined;
}
