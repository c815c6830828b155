/** How full a pool is, and what is free in it. */
import type { SubnetClaim, SubnetPoolClaim } from "../../../api/index.ts";
import { type Accounting, formatPrefix, type PoolSpace } from "../../../ipam/index.ts";
import { defined } from "../../../kernel/index.ts";
import type { OperatorWorld } from "../../view/world.ts";

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
    ...defined({ largestFree: largest }),
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

/** Prefix length of the largest free block; more than any where nothing is free. */
export function lengthOfFree({ largestFree }: PoolUse): number {
  return largestFree === undefined ? NO_LENGTH : Number(largestFree.slice(largestFree.indexOf("/") + 1));
}

const NO_LENGTH = 129;

/**
 * The length that a claim requests; where it requests the default of its pool, one that is after all others.
 */
export function lengthOfBlock(spec: SubnetClaim["spec"] | SubnetPoolClaim["spec"]): number {
  const length = "poolRef" in spec ? spec.blockSize : spec.desiredBlockSize;
  return length ?? NO_LENGTH;
}
