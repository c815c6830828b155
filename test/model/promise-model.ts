/** That no block is promised twice, and that a restore gives every claim the block that it had: the model. */
import type { Model } from "./explore.ts";
import { operatorSteps, type Rules } from "./promise-operator.ts";
import { BOTH, keyOf, otherOf, type Scenario, type State, type Who } from "./promise-state.ts";
import { userSteps } from "./promise-user.ts";

export const ALL_RULES: Rules = {
  protectSubnets: true,
  confirmGone: true,
  confirmByName: true,
  bindOnSeenRecord: true,
  refuseWhatAnotherHas: true,
  writeConditionally: true,
  keepMemory: true,
  keepUndecided: true,
  holdPromised: true,
  statusNamesLife: true,
  recordNamesOwner: true,
  decideForTheLiving: true,
  recordBeforeHandOver: true,
  askedIsNotRemembered: true,
  giveBackOnlyOwn: true,
  giveBackAfterRead: true,
  subnetsSayAllocated: true,
  waitInsteadOfLosing: true,
  pauseWhileRestoring: true,
};

const X = { block: 0, kind: "remembered" } as const;
const Y = { block: 1, kind: "remembered" } as const;
const ASKED_X = { block: 0, kind: "asked" } as const;

/** At the backup A held X. What of that comes back, and what B had, is different in each. */
const base = { labels: "kept", statuses: false, paused: false, forged: false, held: [0, undefined] } as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    ...base,
    name: "everyday",
    held: [undefined, undefined],
    records: [undefined, undefined],
    subnets: [undefined, undefined],
  },
  {
    ...base,
    name: "forged",
    held: [undefined, undefined],
    records: [undefined, undefined],
    subnets: [undefined, undefined],
    forged: true,
  },
  { ...base, name: "claims alone", records: [X, Y], subnets: [undefined, undefined] },
  { ...base, name: "claims and Subnets", records: [X, Y], subnets: [0, 1] },
  { ...base, name: "statuses too", records: [X, Y], subnets: [0, 1], statuses: true },
  {
    ...base,
    name: "no labels",
    records: [X, Y],
    subnets: [0, 1],
    labels: "either",
    paused: true,
    statuses: true,
  },
  { ...base, name: "B waited", records: [X, undefined], subnets: [0, undefined], paused: true },
  {
    ...base,
    name: "B waited, no labels",
    records: [X, undefined],
    subnets: [0, undefined],
    labels: "either",
    paused: true,
  },
  { ...base, name: "B asked", records: [X, ASKED_X], subnets: [0, undefined] },
  { ...base, name: "B asked, with a Subnet", records: [X, ASKED_X], subnets: [0, 0] },
  {
    ...base,
    name: "B asked, no labels",
    records: [X, ASKED_X],
    subnets: [0, 0],
    labels: "either",
    paused: true,
  },
];

function startOf(scenario: Scenario, rules: Rules): State {
  const { held, records, subnets, paused, forged } = scenario;
  const blocks = (who: Who) => (records[who] === undefined ? 0 : 1 << records[who].block);
  return {
    scenario,
    claims: [undefined, undefined],
    subnets: [undefined, undefined],
    recordedByDead: [blocks(0), blocks(1)],
    isPaused: paused && rules.pauseWhileRestoring,
    claimsToCome: [!forged, !forged],
    subnetsToCome: [subnets[0] !== undefined, subnets[1] !== undefined],
    forfeited: [held[0] === undefined, held[1] === undefined],
  };
}

function faultOf(state: State): string | undefined {
  const [a, b] = state.claims.map((claim) =>
    claim?.promise?.by === "operator" ? claim.promise.block : undefined,
  );
  if (a !== undefined && a === b) return "both claims are bound to one block";
  for (const who of BOTH) {
    const bound = who === 0 ? a : b;
    if (bound === undefined) continue;
    const memory = state.claims[who]?.memory;
    if (memory !== undefined && memory !== bound)
      return "a claim is bound to another block than it remembers";
    const other = otherOf(who);
    const isProtected =
      !state.forfeited[other] && (state.claimsToCome[other] || state.claims[other] !== undefined);
    if (state.scenario.held[other] === bound && isProtected)
      return "a claim has what another one held at the backup";
  }
  return undefined;
}

export function promiseModel(rules: Rules, scenarios: readonly Scenario[]): Model<State> {
  return {
    starts: scenarios.map((scenario) => startOf(scenario, rules)),
    *steps(state) {
      // What A gave up is not A's any more. What else can happen then, the first scenario shows.
      if (state.scenario.held[0] !== undefined && state.forfeited[0]) return;
      yield* userSteps(state, rules);
      yield* operatorSteps(state, rules, "any");
    },
    keyOf,
    faultOf,
  };
}
