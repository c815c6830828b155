/**
 * Every situation that the allocation protocol can get into, up to a number of writes. `MODEL_REVISIONS=5`
 * explores further than CI does (minutes, and some gigabytes).
 */
import { describe, expect, test } from "vitest";
import type { Subnet } from "../../src/api/index.ts";
import { decideSubnet } from "../../src/operator/decide/subnet.ts";
import { NOW_TEXT, pool, subnet } from "../../src/operator/testing/objects.ts";
import { usablePool } from "../../src/operator/testing/usable-pool.ts";
import { LONG } from "../budget.ts";
import {
  ALL_RULES,
  allocationModel,
  defersTo,
  type ModelSubnet,
  type Rules,
  type State,
  successors,
  type World,
} from "./allocation-model.ts";
import { explore } from "./explore.ts";

const MOST_REVISIONS = Number(process.env.MODEL_REVISIONS ?? 4);
const TIME_LIMIT_MS = 600_000;
/**
 * Without it, what goes wrong lies so many steps away that half of this file's time is spent to find it: CI
 * looks.
 */
const FAR_AWAY: keyof Rules = "writeConditionally";

describe("the allocation protocol", () => {
  test(
    `PX-02 allocates nothing twice within ${MOST_REVISIONS} revisions, whatever two writers, a user and another operator do`,
    () => {
      const { states, violation } = explore(allocationModel(ALL_RULES, MOST_REVISIONS));
      expect(violation).toBeUndefined();
      expect(states).toBeGreaterThan(10_000);
    },
    TIME_LIMIT_MS,
  );

  const rules = Object.keys(ALL_RULES) as (keyof Rules)[];
  test.each(LONG ? rules : rules.filter((rule) => rule !== FAR_AWAY))(
    "PX-02 without the rule %s it would, within five revisions",
    (rule) => {
      expect(explore(allocationModel({ ...ALL_RULES, [rule]: false }, 5)).violation).toBeDefined();
    },
    TIME_LIMIT_MS,
  );
});

// ── the operator's own function decides as the model does ──────────────────────────────────────────────────

const BLOCKS = ["10.0.0.0/24", "10.0.1.0/24"] as const;
const prod = usablePool(pool("prod", "10.0.0.0/16"));

function asSubnet(name: string, model: ModelSubnet): Subnet {
  const isDecided = model.decidedFor === model.block;
  return subnet(name, "prod", BLOCKS[model.block], {
    metadata: { uid: String(model.uid), resourceVersion: String(model.revision), generation: 2 },
    status: { phase: model.phase, observedGeneration: isDecided ? 2 : 1 },
  });
}

/** What the operator would write about one slot, seen from one writer; undefined: nothing. */
function phaseByOperator(state: State, which: 0 | 1, slot: 0 | 1): string | undefined {
  const { seen, tickets } = state.writers[which];
  const world = state.history[seen] as World;
  const other = slot === 0 ? 1 : 0;
  const [mine, theirs] = [world[slot], world[other]];
  if (mine === undefined) return undefined;
  const isConflicting = theirs !== undefined && theirs.phase !== "Failed" && theirs.block === mine.block;
  const decision = decideSubnet({
    subnet: asSubnet("mine", mine),
    ticket: tickets[slot]?.toString(),
    pool: prod,
    conflicts: isConflicting
      ? [
          {
            name: "theirs",
            allocated: theirs.phase === "Allocated",
            ticket: tickets[other]?.toString(),
            defers: defersTo(mine, theirs),
          },
        ]
      : [],
    managed: false,
    standing: { kind: "nothing" },
    policy: { retains: false, delayMs: 0 },
    isUnused: false,
    poolRequest: undefined,
    nowMs: Date.parse(NOW_TEXT),
    nowText: NOW_TEXT,
    jitterMs: 0,
  });
  const write = decision.actions.find((action) => action.do === "patch-status");
  if (write?.do !== "patch-status") return undefined;
  const { phase } = write.status as { phase?: string };
  // A write that leaves the phase is a decision about a changed block; about a decided one it only changes
  // words.
  return phase ?? (mine.decidedFor === mine.block ? undefined : mine.phase);
}

function phaseByModel(state: State, which: 0 | 1, slot: 0 | 1): string | undefined {
  for (const next of successors(state, ALL_RULES, 0)) {
    const { intent } = next.writers[which];
    if (
      intent !== undefined &&
      intent.slot === slot &&
      next.writers[which === 0 ? 1 : 0] === state.writers[which === 0 ? 1 : 0]
    ) {
      return intent.phase;
    }
  }
  return undefined;
}

test(
  "PX-02 the operator decides as the model does, in every situation within three revisions",
  () => {
    let compared = 0;
    const visit = (state: State) => {
      for (const which of [0, 1] as const) {
        if (state.writers[which].intent !== undefined) continue;
        for (const slot of [0, 1] as const) {
          const expected = phaseByModel(state, which, slot);
          const situation = JSON.stringify({ state, which, slot });
          expect(phaseByOperator(state, which, slot), situation).toBe(expected);
          if (expected !== undefined) compared++;
        }
      }
    };
    explore(allocationModel(ALL_RULES, 3), { visit });
    expect(compared).toBeGreaterThan(1_000);
  },
  TIME_LIMIT_MS,
);
