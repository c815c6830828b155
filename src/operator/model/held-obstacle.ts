/** Why a child pool does not hold all of its range, in words (`held-range.ts` has the geometry). Pure. */

import type { Subnet } from "../../api/index.ts";
import {
  type CheckFailure,
  contains,
  equals,
  formatPrefix,
  mergePrefixes,
  overlaps,
  type Prefix,
} from "../../ipam/index.ts";
import {
  allOf,
  blockOf,
  blocksOf,
  coveringBlocks,
  type HeldRange,
  isDisjoint,
  missingRanges,
  type Nesting,
  uncoveredOf,
} from "./held-range.ts";
import { takenBy } from "./holder.ts";
import type { Obstacle } from "./pool-state.ts";
import { refusedBy } from "./reasons.ts";

/** Why a pool allocates nothing although its spec is valid: it does not hold all of its range. Undefined: it does. */
export function heldObstacleOf(range: Prefix, held: HeldRange, nesting: Nesting): Obstacle | undefined {
  const { parentName } = nesting;
  const uncovered = uncoveredOf(range, held);
  if (uncovered.length === 0) return undefined;
  const text = formatPrefix(range);
  const covering = mergePrefixes(coveringBlocks(held));
  if (isDisjoint(range, held)) {
    const holds = mergePrefixes(blocksOf(allOf(held)))
      .map(formatPrefix)
      .join(", ");
    const message = `has the range ${text}, but holds ${holds} in its parent ${parentName}: set spec.cidr to a range around or inside that`;
    return { reason: "BlockDiffers", message };
  }
  const begun = held.base && blockOf(held.base);
  const around = begun && covering.find((block) => contains(block, begun));
  const growth = { from: covering, around, to: range, parentName };
  const refused = allOf(held).find((subnet) => isRefused(subnet, uncovered));
  if (refused !== undefined)
    return taken(growth, `${refused.status?.message}: ${cureOf(growth, causeOf(refused))}`);
  const missing = missingRanges(range, held, nesting);
  // An obstacle that needs a change of a spec comes before one that a release cures.
  const open =
    missing.find(({ obstacle }) => obstacle?.reason === "outside") ??
    missing.find(({ obstacle }) => obstacle?.reason === "reserved") ??
    missing.find(({ obstacle }) => obstacle !== undefined);
  if (open?.obstacle !== undefined) return taken(growth, describeMissing(growth, open.piece, open.obstacle));
  const pieces = uncovered.map(formatPrefix).join(", ");
  // Why the parent is not ready changes without notice to those below it.
  const until = missing.length > 0 && nesting.parent().state !== "usable" ? ", which is not ready" : "";
  const message =
    covering.length === 0
      ? `waits for its block in the parent ${parentName}${until}`
      : `grows to ${text}, and waits for ${pieces} in its parent ${parentName}${until}`;
  return { reason: "BlockPending", message };
}

/** From the status alone, which reports what was so when it was refused: the parent may have changed since then. */
function causeOf({ status }: Subnet): CheckFailure["reason"] {
  return refusedBy(status?.conditions?.find(({ type }) => type === "Ready")?.reason);
}

function isRefused(subnet: Subnet, uncovered: readonly Prefix[]): boolean {
  const block = blockOf(subnet);
  return (
    subnet.status?.phase === "Failed" && block !== undefined && uncovered.some((it) => overlaps(it, block))
  );
}

interface Growth {
  /** The range that it may allocate from now. Empty: it is new. */
  readonly from: readonly Prefix[];
  /** What of that is around the block that it began with. */
  readonly around: Prefix | undefined;
  readonly to: Prefix;
  readonly parentName: string;
}

function taken(growth: Growth, message: string): Obstacle {
  const { from, to, parentName } = growth;
  const what =
    from.length === 0
      ? `cannot get its block in the parent ${parentName}`
      : `cannot grow to ${formatPrefix(to)}`;
  return { reason: "BlockTaken", message: `${what}: ${message}` };
}

function describeMissing(growth: Growth, piece: Prefix, obstacle: CheckFailure): string {
  const subject =
    growth.from.length === 0
      ? formatPrefix(piece)
      : `${formatPrefix(piece)} in its parent ${growth.parentName}`;
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
      return `remove the reservation, or ${back}`;
    case "outside":
      return `let ${parentName} grow first, or ${back}`;
    case "taken":
      return `release that block, or ${back}`;
  }
}
