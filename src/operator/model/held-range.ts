/**
 * What a child pool holds of its parent: the block that it began with, and a piece more for each time that it grew
 * (`docs/design/0006`). Every piece is a Subnet of the parent and takes the road that all Subnets
 * take. The pool allocates blocks while these Subnets together contain its range. Pure.
 */
import { GIVEN_BACK_ANNOTATION, readSubnetBlock, type Subnet } from "../../api/index.ts";
import {
  type CheckFailure,
  contains,
  formatPrefix,
  overlaps,
  type Prefix,
  remainderOf,
} from "../../ipam/index.ts";
import type { PoolState } from "./pool-state.ts";
import { backingClusterID, extensionNameFor, subnetNameFor } from "./subnet-name.ts";

export interface HeldRange {
  /** The one that it began with. It stays for the life of the pool. */
  readonly base: Subnet | undefined;
  readonly extensions: readonly Subnet[];
  /** Whether the range of this holder in the parent is for an object within the pool. Default: it is not. */
  readonly isInside?: (owner: string) => boolean;
}

/** A part of the range that is not requested from the parent yet. */
export interface MissingRange {
  readonly piece: Prefix;
  /** Why it cannot be asked for now. */
  readonly obstacle: CheckFailure | undefined;
  /** It is being asked for in this moment. */
  readonly isUnderWay: boolean;
}

export function isGivenBack(subnet: Subnet): boolean {
  return subnet.metadata.annotations?.[GIVEN_BACK_ANNOTATION] !== undefined;
}

export function blockOf(subnet: Subnet): Prefix | undefined {
  const block = readSubnetBlock(subnet);
  return block.ok ? block.value : undefined;
}

export function allOf({ base, extensions }: HeldRange): readonly Subnet[] {
  return base === undefined ? extensions : [base, ...extensions];
}

export function blocksOf(subnets: readonly Subnet[]): Prefix[] {
  return subnets.map(blockOf).filter((block) => block !== undefined);
}

/** It was refused, and asks for more than the range has by now: it is not needed, and blocks the new request. */
export function isUnneeded(subnet: Subnet, range: Prefix): boolean {
  const block = blockOf(subnet);
  return subnet.status?.phase === "Failed" && (block === undefined || !contains(range, block));
}

/** Blocks that the pool may allocate from. */
export function coveringBlocks(held: HeldRange): Prefix[] {
  return blocksOf(
    allOf(held).filter((subnet) => subnet.status?.phase === "Allocated" && !isGivenBack(subnet)),
  );
}

/** What of the range is not the pool's own, now. */
export function uncoveredOf(range: Prefix, held: HeldRange): Prefix[] {
  return remainderOf(range, coveringBlocks(held));
}

/** What of the range no Subnet stands for, decided or not. */
export function unclaimedOf(range: Prefix, held: HeldRange): Prefix[] {
  return remainderOf(range, blocksOf(allOf(held).filter((subnet) => !isUnneeded(subnet, range))));
}

/** The range was moved to where the pool holds nothing: the intention is unclear, and everything stays as it is. */
export function isDisjoint(range: Prefix, held: HeldRange): boolean {
  const blocks = blocksOf(allOf(held).filter((subnet) => !isUnneeded(subnet, range)));
  return blocks.length > 0 && !blocks.some((block) => overlaps(block, range));
}

/** A pool in its parent. */
export interface Nesting {
  readonly poolName: string;
  readonly parentName: string;
  /** The parent as somewhere to take more from; asked only when something is lacking. */
  readonly parent: () => PoolState;
}

export function missingRanges(range: Prefix, held: HeldRange, of: Nesting): MissingRange[] {
  const missing = unclaimedOf(range, held);
  if (missing.length === 0) return [];
  const parent = of.parent();
  const baseName = subnetNameFor(of.parentName, backingClusterID(of.poolName));
  return missing.map((piece) => {
    const found = parent.state === "usable" ? parent.space.check(piece, held.isInside) : undefined;
    if (found === undefined || found.ok) return { piece, obstacle: undefined, isUnderWay: false };
    const own = [baseName, extensionNameFor(of.parentName, of.poolName, formatPrefix(piece))];
    const isUnderWay = found.error.reason === "taken" && own.includes(found.error.by);
    return { piece, obstacle: isUnderWay ? undefined : found.error, isUnderWay };
  });
}
