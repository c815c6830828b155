/** Breadth-first search over all states that a model can reach. */
import {
  isDoubleAllocation,
  type Rules,
  START,
  type State,
  successors,
  type World,
} from "./allocation-model.ts";

export interface Exploration {
  readonly states: number;
  /** The shortest way to a double allocation, or undefined: there is none. */
  readonly violation: State | undefined;
}

function keyOfWorld(world: World): string {
  return world
    .map((s) =>
      s === undefined ? "-" : `${s.uid}.${s.revision}.${s.block}${s.phase[0]}${s.decidedFor ?? ""}`,
    )
    .join(",");
}

/** Two writers are alike: which of them is the first makes no difference. */
function keyOf({ history, writers }: State): string {
  const worlds = history.map(keyOfWorld).join(";");
  const each = writers.map(({ seen, tickets, intent }) => {
    const decided =
      intent === undefined ? "" : `${intent.slot}.${intent.on}${intent.phase[0]}${intent.block}`;
    return `${seen}/${tickets[0] ?? ""}/${tickets[1] ?? ""}/${decided}`;
  });
  return `${worlds}|${each.sort().join("|")}`;
}

export function explore(rules: Rules, mostRevisions: number, visit?: (state: State) => void): Exploration {
  const seen = new Set<string>([keyOf(START)]);
  let frontier: State[] = [START];
  while (frontier.length > 0) {
    const next: State[] = [];
    for (const state of frontier) {
      visit?.(state);
      for (const successor of successors(state, rules, mostRevisions)) {
        const key = keyOf(successor);
        if (seen.has(key)) continue;
        seen.add(key);
        if (isDoubleAllocation(successor.history[successor.history.length - 1] as World)) {
          return { states: seen.size, violation: successor };
        }
        next.push(successor);
      }
    }
    frontier = next;
  }
  return { states: seen.size, violation: undefined };
}
