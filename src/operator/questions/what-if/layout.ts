/** A set of claims laid out in a pool in several ways, to compare what each leaves. Pure. */
import type { SubnetPool } from "../../../api/index.ts";
import { defined } from "../../../kernel/index.ts";
import type { FleetObjects } from "../../check/fleet-objects.ts";
import { lengthOfBlock, lengthOfFree, type PoolUse } from "./pool-use.ts";
import { type ClaimToTry, type WhatIf, whatIf } from "./what-if.ts";

export type LayoutOrder = "as listed" | "largest first";

export interface Layout {
  readonly strategy: "Linear" | "Buddy";
  readonly order: LayoutOrder;
  /** In the order of the claims, whatever order they were laid out in. */
  readonly answers: readonly WhatIf[];
  /** How many have a block. */
  readonly placed: number;
  /** Of the pool, with all of them in it. Absent: there is no such pool. */
  readonly use?: PoolUse;
}

const WAYS: readonly (readonly ["Linear" | "Buddy", LayoutOrder])[] = [
  ["Linear", "as listed"],
  ["Buddy", "as listed"],
  ["Linear", "largest first"],
  ["Buddy", "largest first"],
];

/**
 * Each strategy with each order, the best first: the one that places most, then the one that leaves the
 * largest free block, then the least fragmentation, then what the pool would do as it is.
 *
 * @param fleet all objects of the pool's namespace, of one moment
 */
export function layOut(
  fleet: FleetObjects,
  claims: readonly ClaimToTry[],
  pool: { readonly namespace: string; readonly name: string },
  nowMs: number,
): Layout[] {
  const own = fleet.pools.find((each) => isPool(each, pool));
  const layouts = WAYS.map(([strategy, order]) => {
    const pools = fleet.pools.map((each) =>
      isPool(each, pool) ? { ...each, spec: { ...each.spec, strategy } } : each,
    );
    return layoutOf({ ...fleet, pools }, claims, strategy, order, nowMs);
  });
  const isOwn = ({ strategy, order }: Layout) =>
    strategy === (own?.spec.strategy ?? "Linear") && order === "as listed";
  return layouts.toSorted(
    (a, b) =>
      b.placed - a.placed ||
      largest(a) - largest(b) ||
      (a.use?.fragmentationPercent ?? 0) - (b.use?.fragmentationPercent ?? 0) ||
      Number(isOwn(b)) - Number(isOwn(a)),
  );
}

function isPool(
  { metadata }: SubnetPool,
  pool: { readonly namespace: string; readonly name: string },
): boolean {
  return metadata.namespace === pool.namespace && metadata.name === pool.name;
}

function layoutOf(
  fleet: FleetObjects,
  claims: readonly ClaimToTry[],
  strategy: Layout["strategy"],
  order: LayoutOrder,
  nowMs: number,
): Layout {
  const turns = claims.map((claim, at) => ({ claim, at }));
  if (order === "largest first") turns.sort((a, b) => rank(a.claim) - rank(b.claim) || a.at - b.at);
  const tried = whatIf(
    fleet,
    turns.map(({ claim }) => claim),
    nowMs,
  ).answers;
  const answers = turns.map(({ at }, turn) => ({ at, answer: tried[turn] as WhatIf }));
  answers.sort((a, b) => a.at - b.at);
  const use = tried.at(-1)?.after;
  return {
    strategy,
    order,
    answers: answers.map(({ answer }) => answer),
    placed: tried.filter(({ cidr }) => cidr !== undefined).length,
    ...defined({ use }),
  };
}

/** Those that name their block first, since no other one will do; then the strictly aligned, then by size. */
function rank({ spec, align }: ClaimToTry): number {
  if ("requestedCIDR" in spec && spec.requestedCIDR !== undefined) return -1;
  const length = lengthOfBlock(spec);
  return Math.min(align ?? length, length);
}

function largest({ use }: Layout): number {
  return use === undefined ? Number.POSITIVE_INFINITY : lengthOfFree(use);
}
