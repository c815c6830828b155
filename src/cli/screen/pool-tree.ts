/**
 * Pools as a tree: who was cut out of whom, how full each one is, and what is left.
 */
import { parentNameOf, type SubnetPool } from "../../api/index.ts";
import { comparePrefixes, parsePrefix } from "../../ipam/index.ts";
import { compareText } from "../../kernel/index.ts";
import { type Column, type Line, type Span, styled, table } from "./text.ts";

export interface PoolTreeOptions {
  /** Draw a bar beside the percentage. */
  readonly bars: boolean;
  /** Levels to show; 1 is the roots alone. Default: all. */
  readonly depth?: number;
  /** When a pool will be full, in words; without it there is no such column. */
  readonly fullIn?: (pool: SubnetPool) => string;
  /** `use`: a list, the fullest first. Default: the tree. */
  readonly sort?: "address" | "use";
}

/** A pool and where it stands: `rails` is what is drawn left of its name. */
interface Row {
  readonly pool: SubnetPool;
  readonly rails: string;
}

const COLUMNS: readonly Column[] = [
  { title: "POOL" },
  { title: "CIDR" },
  { title: "USED", align: "right" },
  { title: "BLOCKS", align: "right" },
  { title: "FREE" },
  { title: "STATE" },
];

const BAR_WIDTH = 10;
const FULL_PERCENT = 90;
const BUSY_PERCENT = 70;

/** One line a pool, under a heading. The pools are those of one namespace. */
export function poolTree(pools: readonly SubnetPool[], options: PoolTreeOptions): Line[] {
  const { fullIn, sort, depth } = options;
  const rows =
    sort === "use" ? byUse(pools, depth).map((pool) => ({ pool, rails: "" })) : inTreeOrder(pools, depth);
  return table(
    fullIn === undefined ? COLUMNS : COLUMNS.toSpliced(-1, 0, { title: "FULL" }),
    rows.map(({ pool, rails }) => [
      [styled(rails, "dim"), styled(pool.metadata.name, "bold")],
      [pool.spec.cidr],
      usage(pool, options.bars),
      [String(pool.status?.allocatedCount ?? "")],
      [free(pool)],
      ...(fullIn === undefined ? [] : [[fullIn(pool)]]),
      state(pool),
    ]),
  );
}

/**
 * The fullest first. One whose status is not there yet comes last.
 *
 * @param depth levels of the tree that count; 1 is the roots alone. Default: all.
 */
export function byUse(pools: readonly SubnetPool[], depth?: number): SubnetPool[] {
  const shown = inTreeOrder(pools, depth).map(({ pool }) => pool);
  return shown.sort(
    (a, b) => (b.status?.utilizationPercent ?? -1) - (a.status?.utilizationPercent ?? -1) || byAddress(a, b),
  );
}

/** Depth of the deepest pool, 1 for roots alone; 0 without pools. */
export function treeDepth(pools: readonly SubnetPool[]): number {
  const childrenOf = childrenByParent(pools);
  const depthBelow = (name: string): number =>
    (childrenOf.get(name) ?? []).reduce(
      (most, child) => Math.max(most, 1 + depthBelow(child.metadata.name)),
      0,
    );
  return depthBelow(ROOT);
}

/** Stands for the parent of those that have none. No object has this name. */
export const ROOT = "";

/**
 * Children by the name of their parent. A pool whose parent is unknown, or is among its own descendants,
 * counts as a root, so that every pool is shown exactly once whatever users wrote.
 */
export function childrenByParent(pools: readonly SubnetPool[]): Map<string, SubnetPool[]> {
  const byName = new Map(pools.map((pool) => [pool.metadata.name, pool]));
  const groups = new Map<string, SubnetPool[]>();
  for (const pool of pools) {
    const parent = isUnderRoot(pool, byName) ? (parentNameOf(pool) ?? ROOT) : ROOT;
    const key = byName.has(parent) ? parent : ROOT;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pool]);
    else group.push(pool);
  }
  for (const group of groups.values()) group.sort(byAddress);
  return groups;
}

function isUnderRoot(pool: SubnetPool, byName: ReadonlyMap<string, SubnetPool>): boolean {
  const seen = new Set<SubnetPool>();
  let at: SubnetPool | undefined = pool;
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    at = byName.get(parentNameOf(at) ?? ROOT);
  }
  return at === undefined;
}

/** In the order of the addresses; pools whose CIDR makes no sense come last. */
function byAddress(a: SubnetPool, b: SubnetPool): number {
  const left = parsePrefix(a.spec.cidr);
  const right = parsePrefix(b.spec.cidr);
  const order =
    left.ok && right.ok ? comparePrefixes(left.value, right.value) : Number(right.ok) - Number(left.ok);
  return order || compareText(a.metadata.name, b.metadata.name);
}

function inTreeOrder(pools: readonly SubnetPool[], depth = Number.POSITIVE_INFINITY): Row[] {
  const childrenOf = childrenByParent(pools);
  const rows: Row[] = [];
  const visit = (siblings: readonly SubnetPool[], rails: string, level: number) => {
    siblings.forEach((pool, index) => {
      const isLast = index === siblings.length - 1;
      const isRoot = level === 1;
      rows.push({ pool, rails: isRoot ? "" : `${rails}${isLast ? "└─ " : "├─ "}` });
      if (level >= depth) return;
      visit(
        childrenOf.get(pool.metadata.name) ?? [],
        isRoot ? "" : `${rails}${isLast ? "   " : "│  "}`,
        level + 1,
      );
    });
  };
  visit(childrenOf.get(ROOT) ?? [], "", 1);
  return rows;
}

function usage(pool: SubnetPool, bars: boolean): Line {
  const { utilizationPercent: percent, allocatedCount = 0 } = pool.status ?? {};
  if (percent === undefined) return [styled("…", "dim")];
  const number = `${formatPercent(percent, allocatedCount > 0)} %`;
  return bars ? [...bar(percent), ` ${number.padStart("100 %".length)}`] : [number];
}

/** Whole numbers, but never 0 for a little nor 100 for not quite all. The status itself is rounded, too. */
function formatPercent(percent: number, isUsed: boolean): string {
  if (isUsed && percent < 1) return "<1";
  if (percent > 99 && percent < 100) return ">99";
  return String(Math.round(percent));
}

function bar(percent: number): Span[] {
  const filled = Math.min(Math.max(Math.round((percent / 100) * BAR_WIDTH), percent > 0 ? 1 : 0), BAR_WIDTH);
  const style = percent >= FULL_PERCENT ? "bad" : percent >= BUSY_PERCENT ? "warn" : "good";
  return [styled("█".repeat(filled), style), styled("░".repeat(BAR_WIDTH - filled), "dim")];
}

/** Reasons of the Ready condition of a child that does not have all of its range in its parent. */
const WITHOUT_BLOCK = new Set(["BlockTaken", "BlockPending", "ParentNotFound"]);

/** Why a condition of the pool does not hold; undefined where it does, or it is not reported yet. */
export function complaintOf(
  pool: SubnetPool,
  type: "Ready" | "Consistent",
): { readonly reason: string; readonly message: string } | undefined {
  const found = pool.status?.conditions?.find((condition) => condition.type === type);
  return found?.status === "False" ? { reason: found.reason, message: found.message } : undefined;
}

/** Nothing of a pool that is as it should be, so that the column is seen when it is there. */
function state(pool: SubnetPool): Line {
  const notReady = complaintOf(pool, "Ready");
  const inconsistent = complaintOf(pool, "Consistent");
  const state = WITHOUT_BLOCK.has(notReady?.reason ?? "") ? "without its block" : "not ready";
  return [
    ...(notReady === undefined ? [] : [styled(`${state} (${notReady.reason})`, "bad")]),
    ...(notReady === undefined || inconsistent === undefined ? [] : [", "]),
    ...(inconsistent === undefined ? [] : [styled(`inconsistent (${inconsistent.reason})`, "warn")]),
  ];
}

/** Free blocks of the size that a claim gets that names none: `12 × /22`. */
function free(pool: SubnetPool): string {
  const count = pool.status?.freeCount;
  if (count === undefined) return "";
  const size = pool.spec.defaultBlockSize;
  // The operator counts no further than a JSON number is exact; from there on it is a lower bound.
  const text = count >= Number.MAX_SAFE_INTEGER ? "> 9.0e15" : String(count);
  return size === undefined ? text : `${text} × /${size}`;
}
