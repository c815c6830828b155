/**
 * What is promised over lives: every situation that claims, records and Subnets can get into after a restore,
 * by writers who decide on any picture of the past, and what goes wrong without each rule of
 * `docs/design/0009`. `MODEL_REVISIONS=5` explores further than CI does, as in `allocation.test.ts`.
 */
import { expect, test } from "vitest";
import { LONG } from "../budget.ts";
import { explore } from "./explore.ts";
import { ALL_RULES, promiseModel, SCENARIOS } from "./promise-model.ts";
import type { Rules } from "./promise-operator.ts";

const TIME_LIMIT_MS = 300_000;

function explored(rules: Rules, names: readonly string[], mostSteps?: number) {
  const scenarios = SCENARIOS.filter(({ name }) => names.includes(name));
  expect(scenarios).toHaveLength(names.length);
  return explore(promiseModel(rules, scenarios), mostSteps === undefined ? {} : { mostSteps });
}

type Bound = [scenario: string, atLeast: number, mostSteps?: number];

/** To the end where no number of steps is given. */
const BOUNDS: readonly Bound[] = [
  ["claims alone", 10_000],
  ["B asked", 50_000],
  LONG ? ["B waited", 200_000] : ["B waited", 40_000, 16],
  ["everyday", 50_000, 11],
  ["no labels", 100_000, 9],
  ["claims and Subnets", 40_000, 12],
  ["statuses too", 50_000, 10],
  ["B waited, no labels", 50_000, 13],
];

/** Some 20 seconds more. */
const FURTHER: readonly Bound[] = [
  ["everyday", 300_000, 13],
  ["no labels", 200_000, 10],
  ["B asked, with a Subnet", 10_000, 12],
  ["B asked, no labels", 50_000, 11],
];

test.each(Number(process.env.MODEL_REVISIONS ?? 4) > 4 ? [...BOUNDS, ...FURTHER] : BOUNDS)(
  "PX-11 no claim is promised what another has, or had at the backup: %s",
  (name, atLeast, mostSteps) => {
    const { states, violation } = explored(ALL_RULES, [name], mostSteps);
    process.stderr.write(`${name}: ${states} states\n`);
    expect(violation?.trace).toBeUndefined();
    expect(states).toBeGreaterThan(atLeast);
  },
  TIME_LIMIT_MS,
);

const TWICE = "both claims are bound to one block";
const TAKEN = "a claim has what another one held at the backup";
const EXCHANGED = "a claim is bound to another block than it remembers";

test.each<[keyof Rules, string, number, string]>([
  ["protectSubnets", "no labels", 9, TAKEN],
  ["confirmGone", "no labels", 10, TAKEN],
  ["confirmByName", "no labels", 10, TAKEN],
  ["bindOnSeenRecord", "everyday", 11, TWICE],
  ["refuseWhatAnotherHas", "everyday", 11, TWICE],
  ["keepMemory", "forged", 6, EXCHANGED],
  ["keepUndecided", "no labels", 8, TAKEN],
  ["statusNamesLife", "no labels", 8, TAKEN],
  ["recordNamesOwner", "no labels", 4, TAKEN],
  ["decideForTheLiving", "no labels", 8, TAKEN],
  ["recordBeforeHandOver", "B waited, no labels", 10, TAKEN],
  ["waitInsteadOfLosing", "B waited, no labels", 10, TAKEN],
  ["giveBackAfterRead", "B waited, no labels", 12, TAKEN],
  ["writeConditionally", "everyday", 12, TWICE],
  // Not rules of the operator, but what it cannot know (`docs/design/0009`): the user who restores has to
  // arrange them.
  ["askedIsNotRemembered", "B asked", 4, TAKEN],
  ["pauseWhileRestoring", "B waited", 5, TAKEN],
  ["subnetsSayAllocated", "B asked, no labels", 6, TAKEN],
])(
  "PX-11 without the rule %s a claim is (%s, %i steps)",
  (rule, name, mostSteps, fault) => {
    const { violation } = explored({ ...ALL_RULES, [rule]: false }, [name], mostSteps);
    expect(violation?.fault).toBe(fault);
    expect(violation?.trace).toHaveLength(mostSteps + 1);
  },
  TIME_LIMIT_MS,
);
