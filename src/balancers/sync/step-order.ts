/**
 * In which order the steps of a plan are done: what gives addresses up before what takes them, since the pool table may be
 * the user's own, with a constraint or a trigger against overlaps; and no row goes before its usage has gone. Pure.
 */
import type { PoolContent } from "../ledger/index.ts";
import { type Interval, intervalsOf, sharedCount, without } from "./intervals.ts";
import type { Draft } from "./pool-steps.ts";

const POOL_STEPS: readonly Draft["does"][] = ["pool-create", "pool-rename", "pool-update", "pool-delete"];

export function inOrder(steps: readonly Draft[]): Draft[] {
  const usages = steps.filter(({ does }) => does.startsWith("usage-") && does !== "usage-release");
  const pools = sortPools(
    steps.filter(({ does }) => does.startsWith("pool-")),
    usages,
  );
  const done = new Set<Draft>();
  const movesFrom = Map.groupBy(usages, ({ after }) => (after as { from?: string }).from ?? "");
  const releases = steps.filter(({ does }) => does === "usage-release");
  const ordered: Draft[] = [];
  for (const step of pools) {
    const leaving = step.does === "pool-delete" && step.side === "ledger" ? nameBefore(step) : undefined;
    if (leaving !== undefined) ordered.push(...releases.splice(0));
    for (const move of leaving === undefined ? [] : (movesFrom.get(leaving) ?? [])) {
      if (move.does !== "usage-move") continue;
      done.add(move);
      ordered.push(move);
    }
    ordered.push(step);
  }
  return [...ordered, ...usages.filter((step) => !done.has(step)), ...releases];
}

function nameBefore(step: Draft): string {
  return (step.before as PoolContent).name;
}

interface Node {
  readonly step: Draft;
  readonly gives: readonly Interval[];
  readonly takes: readonly Interval[];
  readonly after: Set<Node>;
}

function sortPools(steps: readonly Draft[], usages: readonly Draft[]): Draft[] {
  const sorted = [...steps].sort((a, b) => POOL_STEPS.indexOf(a.does) - POOL_STEPS.indexOf(b.does));
  const nodes = sorted.map(nodeOf);
  const givers = nodes.filter(({ gives }) => gives.length > 0);
  for (const taker of nodes) {
    if (taker.takes.length === 0) continue;
    for (const giver of givers) {
      if (giver === taker || giver.step.side !== taker.step.side) continue;
      if (sharedCount(giver.gives, taker.takes) > 0n) taker.after.add(giver);
    }
  }
  addUsageEdges(nodes, usages);
  return visited(nodes);
}

function nodeOf(step: Draft): Node {
  const before = intervalsOf((step.before as PoolContent | undefined)?.ranges ?? []);
  const after = intervalsOf((step.after as PoolContent | undefined)?.ranges ?? []);
  return { step, gives: without(before, after), takes: without(after, before), after: new Set() };
}

/** A row goes after the row is there that its usage moves to. One that gets another name is there already. */
function addUsageEdges(nodes: readonly Node[], usages: readonly Draft[]): void {
  const inLedger = nodes.filter(({ step }) => step.side === "ledger");
  const made = new Map(
    inLedger.flatMap((node) =>
      node.step.does === "pool-create" ? [[(node.step.after as PoolContent).name, node] as const] : [],
    ),
  );
  const gone = new Map(
    inLedger.flatMap((node) =>
      node.step.does === "pool-delete" ? [[nameBefore(node.step), node] as const] : [],
    ),
  );
  for (const { does, after, pool } of usages) {
    if (does !== "usage-move") continue;
    const from = gone.get((after as { from?: string }).from ?? "");
    const to = made.get(pool ?? "");
    if (from !== undefined && to !== undefined) from.after.add(to);
  }
}

/** Depth first; a circle is cut where it is met, since no order would do. */
function visited(nodes: readonly Node[]): Draft[] {
  const seen = new Set<Node>();
  const ordered: Draft[] = [];
  const stack: { readonly node: Node; readonly left: Node[] }[] = [];
  for (const start of nodes) {
    if (seen.has(start)) continue;
    seen.add(start);
    stack.push({ node: start, left: [...start.after] });
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.left.shift();
      if (next === undefined) {
        ordered.push(top.node.step);
        stack.pop();
      } else if (!seen.has(next)) {
        seen.add(next);
        stack.push({ node: next, left: [...next.after] });
      }
    }
  }
  return ordered;
}
