/**
 * What a child pool holds of its parent: the block that it began with, and a piece more for each time that it grew
 * (`docs/design/0006`). Every piece is a Subnet of the parent and takes the road that all Subnets
 * take. The pool gives out blocks while these Subnets together contain its range. Pure.
 */
import { GIVEN_BACK_ANNOTATION, readSubnetBlock, type Subnet } from "../../api/index.ts";
import {
  type CheckFailure,
  contains,
  equals,
  formatPrefix,
  mergePrefixes,
  overlaps,
  type Prefix,
  remainderOf,
} from "../../ipam/index.ts";
import { takenBy } from "./holder.ts";
import type { Obstacle, PoolState } from "./pool-state.ts";
import { backingClusterID, extensionNameFor, subnetNameFor } from "./subnet-name.ts";

export interface HeldRange {
  /** The one that it began with. It stays for the life of the pool. */
  readonly base: Subnet | undefined;
  readonly extensions: readonly Subnet[];
  /** Whether what this holder has in the parent is for somebody within the pool. Default: it is not. */
  readonly isInside?: (owner: string) => boolean;
}

/** A part of the range that nobody has asked the parent for. */
export interface Lack {
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

function allOf({ base, extensions }: HeldRange): readonly Subnet[] {
  return base === undefined ? extensions : [base, ...extensions];
}

function blocksOf(subnets: readonly Subnet[]): Prefix[] {
  return subnets.map(blockOf).filter((block) => block !== undefined);
}

/** It was refused, and asks for more than the range has by now: nothing is lost with it, and it is in the way. */
export function isVain(subnet: Subnet, range: Prefix): boolean {
  const block = blockOf(subnet);
  return subnet.status?.phase === "Failed" && (block === undefined || !contains(range, block));
}

/** Blocks of which the pool may give out parts. */
function coveringBlocks(held: HeldRange): Prefix[] {
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
  return remainderOf(range, blocksOf(allOf(held).filter((subnet) => !isVain(subnet, range))));
}

/** The range was moved to where the pool holds nothing: nobody can say what is meant, and all is kept as it is. */
export function liesElsewhere(range: Prefix, held: HeldRange): boolean {
  const blocks = blocksOf(allOf(held).filter((subnet) => !isVain(subnet, range)));
  return blocks.length > 0 && !blocks.some((block) => overlaps(block, range));
}

/** A pool in its parent. */
export interface Nesting {
  readonly poolName: string;
  readonly parentName: string;
  /** The parent as somewhere to take more from; asked only when something is lacking. */
  readonly parent: () => PoolState;
}

export function lacksOf(range: Prefix, held: HeldRange, of: Nesting): Lack[] {
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

/** Why a pool gives out nothing though its spec is in order: it does not hold all of its range. Undefined: it does. */
export function heldObstacleOf(range: Prefix, held: HeldRange, nesting: Nesting): Obstacle | undefined {
  const { parentName } = nesting;
  const uncovered = uncoveredOf(range, held);
  if (uncovered.length === 0) return undefined;
  const text = formatPrefix(range);
  const covering = mergePrefixes(coveringBlocks(held));
  if (liesElsewhere(range, held)) {
    const holds = mergePrefixes(blocksOf(allOf(held)))
      .map(formatPrefix)
      .join(", ");
    const why = `ranges over ${text}, but holds ${holds} of its parent ${parentName}: set spec.cidr to a range around that, or in it`;
    return { reason: "BlockDiffers", why };
  }
  const begun = held.base && blockOf(held.base);
  const around = begun && covering.find((block) => contains(block, begun));
  const growth = { from: covering, around, to: range, parentName };
  const refused = allOf(held).find((subnet) => isRefused(subnet, uncovered));
  if (refused !== undefined)
    return taken(growth, `${refused.status?.message}: ${cureOf(growth, causeOf(refused))}`);
  const lacks = lacksOf(range, held, nesting);
  // What needs somebody's spec to change comes before what a release cures.
  const lack =
    lacks.find(({ obstacle }) => obstacle?.reason === "outside") ??
    lacks.find(({ obstacle }) => obstacle?.reason === "reserved") ??
    lacks.find(({ obstacle }) => obstacle !== undefined);
  if (lack?.obstacle !== undefined) return taken(growth, describeLack(growth, lack.piece, lack.obstacle));
  const pieces = uncovered.map(formatPrefix).join(", ");
  // Why the parent is not ready changes without notice to those below it.
  const until = lacks.length > 0 && nesting.parent().state !== "usable" ? ", which is not ready" : "";
  const why =
    covering.length === 0
      ? `waits for its block in the parent ${parentName}${until}`
      : `grows to ${text}, and waits for ${pieces} of its parent ${parentName}${until}`;
  return { reason: "BlockPending", why };
}

/** Why the Subnet was refused, in the words that {@link CheckFailure} has for the same. */
function causeOf({ status }: Subnet): CheckFailure["reason"] {
  switch (status?.conditions?.find(({ type }) => type === "Ready")?.reason) {
    case "OutsidePool":
      return "outside";
    case "Reserved":
      return "reserved";
    default:
      return "taken";
  }
}

function isRefused(subnet: Subnet, uncovered: readonly Prefix[]): boolean {
  const block = blockOf(subnet);
  return (
    subnet.status?.phase === "Failed" && block !== undefined && uncovered.some((it) => overlaps(it, block))
  );
}

interface Growth {
  /** What it may give out of now. Empty: it is new. */
  readonly from: readonly Prefix[];
  /** What of that is around the block that it began with. */
  readonly around: Prefix | undefined;
  readonly to: Prefix;
  readonly parentName: string;
}

function taken(growth: Growth, because: string): Obstacle {
  const { from, to, parentName } = growth;
  const what =
    from.length === 0
      ? `cannot have its block of the parent ${parentName}`
      : `cannot grow to ${formatPrefix(to)}`;
  return { reason: "BlockTaken", why: `${what}: ${because}` };
}

function describeLack(growth: Growth, piece: Prefix, obstacle: CheckFailure): string {
  const subject =
    growth.from.length === 0
      ? formatPrefix(piece)
      : `${formatPrefix(piece)} of its parent ${growth.parentName}`;
  return `${subject} ${whatOf(piece, obstacle)}: ${cureOf(growth, obstacle.reason)}`;
}

function whatOf(piece: Prefix, obstacle: CheckFailure): string {
  switch (obstacle.reason) {
    case "taken":
      if (equals(obstacle.prefix, piece)) return `is ${takenBy(obstacle.by)}`;
      return `overlaps ${formatPrefix(obstacle.prefix)}, which is ${takenBy(obstacle.by)}`;
    case "reserved":
      return `overlaps ${formatPrefix(obstacle.prefix)}, which is reserved (${obstacle.by})`;
    case "outside":
      return `lies outside ${formatPrefix(obstacle.pool)}`;
  }
}

function cureOf({ from, around, parentName }: Growth, cause: CheckFailure["reason"]): string {
  const back =
    from.length === 0
      ? "choose another range"
      : `set spec.cidr back${around === undefined ? "" : ` to ${formatPrefix(around)}`}`;
  switch (cause) {
    case "reserved":
      return `lift the reservation, or ${back}`;
    case "outside":
      return `let ${parentName} grow first, or ${back}`;
    case "taken":
      return `release what is there, or ${back}`;
  }
}
