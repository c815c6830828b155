/**
 * In which order the steps of a plan are done: what gives addresses up before what takes them, since the pool table may be
 * the user's own, with a constraint or a trigger against overlaps; and no row goes before its usage has gone. Pure.
 */
import type { LedgerPool } from "../ledger/index.ts";
import { type Interval, intervalsOf, sharedCount, without } from "./intervals.ts";
import { type Draft, isPoolStep, type PoolDraft, type UsageMove, type UsageRecording } from "./plan-step.ts";

const POOL_STEPS: readonly Draft["does"][] = ["pool-create", "pool-rename", "pool-update", "pool-delete"];

/** @param rows of the ledger, as they are before the steps */
export function inOrder(steps: readonly Draft[], rows: readonly LedgerPool[]): Draft[] {
  const names = new Map<string, string>(rows.map(({ id, name }) => [id, name]));
  const usages = steps.filter((step) => step.does === "usage-move" || step.does === "usage-record");
  const leaving = Map.groupBy(usages, ({ before }) => names.get(before?.poolId ?? ""));
  const pools = sortPools(steps.filter(isPoolStep), leaving);
  const done = new Set<Draft>();
  const releases = steps.filter(({ does }) => does === "usage-release");
  const ordered: Draft[] = [];
  for (const step of pools) {
    const gone = step.does === "pool-delete" && step.side === "ledger" ? step.before.name : undefined;
    if (gone !== undefined) ordered.push(...releases.splice(0));
    for (const usage of gone === undefined ? [] : (leaving.get(gone) ?? [])) {
      done.add(usage);
      ordered.push(usage);
    }
    ordered.push(step);
  }
  return [...ordered, ...usages.filter((step) => !done.has(step)), ...releases];
}

/** By the name of the row that each record is in before; a new one is in none. */
type Leaving = ReadonlyMap<string | undefined, readonly (UsageMove | UsageRecording)[]>;

interface Node {
  readonly step: PoolDraft;
  readonly gives: readonly Interval[];
  readonly takes: readonly Interval[];
  readonly after: Set<Node>;
}

function sortPools(steps: readonly PoolDraft[], leaving: Leaving): PoolDraft[] {
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
  addUsageEdges(nodes, leaving);
  return visited(nodes);
}

function nodeOf(step: PoolDraft): Node {
  const before = intervalsOf(step.before?.ranges ?? []);
  const after = intervalsOf(step.after?.ranges ?? []);
  return { step, gives: without(before, after), takes: without(after, before), after: new Set() };
}

/** A row goes after the row is there that its usage moves to. One that gets another name is there already. */
function addUsageEdges(nodes: readonly Node[], leaving: Leaving): void {
  const inLedger = nodes.filter(({ step }) => step.side === "ledger");
  const made = new Map(
    inLedger.flatMap((node) =>
      node.step.does === "pool-create" ? [[node.step.after.name, node] as const] : [],
    ),
  );
  for (const node of inLedger) {
    if (node.step.does !== "pool-delete") continue;
    for (const { pool } of leaving.get(node.step.before.name) ?? []) {
      const to = made.get(pool ?? "");
      if (to !== undefined) node.after.add(to);
    }
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
