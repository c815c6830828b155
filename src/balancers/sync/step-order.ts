/**
 * In which order the steps of a plan are done: what gives addresses up before what takes them, since the pool table may be
 * the user's own, with a constraint or a trigger against overlaps; and no row goes before its usage has gone. Pure.
 */
import { type Interval, intervalsOf, sharedCount, without } from "./intervals.ts";
import { type Draft, isPoolStep, type PoolDraft, type UsageMove } from "./plan-step.ts";

const POOL_STEPS: readonly Draft["does"][] = ["pool-create", "pool-rename", "pool-update", "pool-delete"];

export function inOrder(steps: readonly Draft[]): Draft[] {
  const moves = steps.filter((step) => step.does === "usage-move");
  const pools = sortPools(steps.filter(isPoolStep), moves);
  const done = new Set<Draft>();
  const movesFrom = Map.groupBy(moves, ({ after }) => after.from ?? "");
  const releases = steps.filter(({ does }) => does === "usage-release");
  const usages = steps.filter(({ does }) => does === "usage-move" || does === "usage-record");
  const ordered: Draft[] = [];
  for (const step of pools) {
    const leaving = step.does === "pool-delete" && step.side === "ledger" ? step.before.name : undefined;
    if (leaving !== undefined) ordered.push(...releases.splice(0));
    for (const move of leaving === undefined ? [] : (movesFrom.get(leaving) ?? [])) {
      done.add(move);
      ordered.push(move);
    }
    ordered.push(step);
  }
  return [...ordered, ...usages.filter((step) => !done.has(step)), ...releases];
}

interface Node {
  readonly step: PoolDraft;
  readonly gives: readonly Interval[];
  readonly takes: readonly Interval[];
  readonly after: Set<Node>;
}

function sortPools(steps: readonly PoolDraft[], moves: readonly UsageMove[]): PoolDraft[] {
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
  addUsageEdges(nodes, moves);
  return visited(nodes);
}

function nodeOf(step: PoolDraft): Node {
  const before = intervalsOf(step.before?.ranges ?? []);
  const after = intervalsOf(step.after?.ranges ?? []);
  return { step, gives: without(before, after), takes: without(after, before), after: new Set() };
}

/** A row goes after the row is there that its usage moves to. One that gets another name is there already. */
function addUsageEdges(nodes: readonly Node[], moves: readonly UsageMove[]): void {
  const inLedger = nodes.filter(({ step }) => step.side === "ledger");
  const made = new Map(
    inLedger.flatMap((node) =>
      node.step.does === "pool-create" ? [[node.step.after.name, node] as const] : [],
    ),
  );
  const gone = new Map(
    inLedger.flatMap((node) =>
      node.step.does === "pool-delete" ? [[node.step.before.name, node] as const] : [],
    ),
  );
  for (const { after, pool } of moves) {
    const from = gone.get(after.from ?? "");
    const to = made.get(pool);
    if (from !== undefined && to !== undefined) from.after.add(to);
  }
}

/** Depth first; a circle is cut where it is met, since no order would do. */
function visited(nodes: readonly Node[]): PoolDraft[] {
  const seen = new Set<Node>();
  const ordered: PoolDraft[] = [];
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
