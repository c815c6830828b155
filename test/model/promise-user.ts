/** What users do, the one who restores a backup included. */
import type { Step } from "./explore.ts";
import type { Rules } from "./promise-operator.ts";
import {
  BOTH,
  type Claim,
  type ClaimRecord,
  otherOf,
  type Promised,
  put,
  removeClaim,
  removeSubnet,
  type State,
  type Who,
  writeClaim,
  writeSubnet,
} from "./promise-state.ts";

export function* userSteps(state: State, rules: Rules): Generator<Step<State>> {
  for (const who of BOTH) {
    const claim = state.claims[who];
    const steps = [
      claim === undefined ? newClaims(state, who, rules) : claimEdits(state, who, claim),
      state.subnets[who] === undefined ? newSubnets(state, who, rules) : subnetEdits(state, who, rules),
    ];
    for (const { what, to } of steps.flatMap((each) => [...each]))
      yield { what: `user: ${what} ${"AB"[who]}`, to };
  }
  if (state.isPaused && isAllThere(state))
    yield { what: "user: ends the pause", to: { ...state, isPaused: false } };
}

// ── claims ─────────────────────────────────────────────────────────────────────────────────────────────────

function* newClaims(state: State, who: Who, rules: Rules): Generator<Step<State>> {
  const { scenario } = state;
  const to = { ...state, claimsToCome: put(state.claimsToCome, who, false) };
  if (scenario.forged) {
    for (const record of [undefined, remembered(0), remembered(1)])
      for (const promise of [undefined, byUser(0), byUser(1)])
        yield created(to, who, record, promise, "creates claim");
    return;
  }
  const old = scenario.records[who];
  const isBack = !state.claimsToCome[who];
  const record = old?.kind === "asked" ? { ...old, kind: restoredKind(rules) } : old;
  const isNew = isBack || (old === undefined && scenario.held[who] === undefined);
  if (record !== undefined && (scenario.labels !== "lost" || isBack)) {
    yield created(to, who, record, undefined, "restores claim");
    if (scenario.statuses) yield created(to, who, record, byUser(record.block), "restores Bound claim");
  }
  const mayBeBare = isNew ? !rules.pauseWhileRestoring || isQuiet(state) : scenario.labels !== "kept";
  if (mayBeBare) yield created(to, who, undefined, undefined, "creates bare claim");
  const copied = scenario.records[otherOf(who)];
  if (mayBeBare && copied !== undefined && !rules.recordNamesOwner)
    yield created(
      to,
      who,
      { ...copied, kind: "remembered" },
      undefined,
      "copies the other's labels to claim",
    );
}

function restoredKind(rules: Rules): ClaimRecord["kind"] {
  return rules.askedIsNotRemembered ? "doubtful" : "remembered";
}

function remembered(block: 0 | 1): ClaimRecord {
  return { block, kind: "remembered" };
}

function byUser(block: 0 | 1): Promised {
  return { block, by: "user" };
}

function created(
  state: State,
  who: Who,
  record: ClaimRecord | undefined,
  promise: Promised | undefined,
  what: string,
): Step<State> {
  const memory = record?.kind === "remembered" ? record.block : undefined;
  const details = [
    record && `${record.kind} ${"XY"[record.block]}`,
    promise && `Bound to ${"XY"[promise.block]}`,
  ];
  const how = details.filter((each) => each !== undefined).join(", ");
  return { what: `${what} (${how || "no record"})`, to: writeClaim(state, who, { record, promise, memory }) };
}

function* claimEdits(state: State, who: Who, claim: Claim): Generator<Step<State>> {
  yield {
    what: "deletes claim",
    to: { ...removeClaim(state, who), forfeited: put(state.forfeited, who, true) },
  };
  const memory = claim.promise?.by === "operator" ? claim.memory : undefined;
  if (claim.record !== undefined && (state.scenario.forged || isQuiet(state))) {
    const to = writeClaim(state, who, { ...claim, record: undefined, memory });
    yield { what: "strips labels of claim", to: withoutProtection(state, to, who) };
  }
  if (claim.promise !== undefined) {
    const kept = claim.record === undefined ? undefined : claim.memory;
    const to = writeClaim(state, who, { ...claim, promise: undefined, memory: kept });
    const isNew = claim.record === undefined;
    yield { what: "strips status of claim", to: isNew ? givenUp(to, who) : withForfeit(state, to, who) };
  }
  const labels = state.scenario.forged ? [remembered(0), remembered(1)] : [state.scenario.records[who]];
  for (const record of labels) {
    if (record?.kind !== "remembered") continue;
    const isNews = claim.record?.block !== record.block || claim.record.kind !== "remembered";
    const block = claim.promise?.by === "operator" ? memory : record.block;
    if (isNews)
      yield { what: "labels claim", to: writeClaim(state, who, { ...claim, record, memory: block }) };
  }
}

// ── Subnets ────────────────────────────────────────────────────────────────────────────────────────────────

function* newSubnets(state: State, who: Who, rules: Rules): Generator<Step<State>> {
  const { scenario } = state;
  const isProtected = rules.protectSubnets;
  const phase = scenario.statuses && !rules.statusNamesLife ? "Allocated" : "open";
  const isMarked = scenario.records[who]?.kind !== "asked";
  const base = { phase, of: "dead", isMarked, isProtected, isGoing: false } as const;
  if (scenario.forged)
    for (const block of BOTH)
      yield { what: `creates Subnet (${"XY"[block]})`, to: writeSubnet(state, who, { ...base, block }) };
  const block = scenario.subnets[who];
  if (state.subnetsToCome[who] && block !== undefined) {
    const to = { ...state, subnetsToCome: put(state.subnetsToCome, who, false) };
    yield { what: `restores Subnet (${"XY"[block]})`, to: writeSubnet(to, who, { ...base, block }) };
  }
}

function* subnetEdits(state: State, who: Who, rules: Rules): Generator<Step<State>> {
  const subnet = state.subnets[who];
  if (subnet === undefined) return;
  // A user who deletes the Subnet of an existing claim does not mean that another one gets its block.
  if (!rules.protectSubnets) {
    const to = removeSubnet(state, who);
    yield { what: "deletes Subnet", to: state.claims[who] === undefined ? withForfeit(state, to, who) : to };
    return;
  }
  if (!subnet.isGoing)
    yield {
      what: "deletes Subnet",
      to: withForfeit(state, writeSubnet(state, who, { ...subnet, isGoing: true }), who),
    };
  yield { what: "strips and deletes Subnet", to: withoutProtection(state, removeSubnet(state, who), who) };
}

// ── what a user gives up ───────────────────────────────────────────────────────────────────────────────────

/** Whether something in the cluster shows that this identity has the block that it held at the backup. */
function isThere({ scenario, claims, subnets }: State, who: Who): boolean {
  const held = scenario.held[who];
  const claim = claims[who];
  const subnet = subnets[who];
  if (held === undefined) return false;
  const isLasting =
    subnet !== undefined && subnet.phase !== "Failed" && !(subnet.isGoing && claim === undefined);
  const isRecorded = claim?.record?.block === held && claim.record.kind === "remembered";
  return isRecorded || claim?.promise?.block === held || (isLasting && subnet.block === held);
}

function isToCome(state: State, who: Who): boolean {
  return state.subnetsToCome[who] || (state.claimsToCome[who] && state.scenario.labels === "kept");
}

/** As far as the user who restores can know: what the operator lost meanwhile, it lost without a word. */
function isAllThere(state: State): boolean {
  return BOTH.every((who) => state.forfeited[who] || !isToCome(state, who));
}

/** Whether a claim that nothing is known of can do no harm. */
function isQuiet(state: State): boolean {
  return state.isPaused || isAllThere(state);
}

/** A block of which a user destroyed all that spoke of it cannot be kept for any claim. */
function withForfeit(before: State, after: State, who: Who): State {
  const isLost = isThere(before, who) && !isThere(after, who) && !isToCome(after, who);
  return isLost ? givenUp(after, who) : after;
}

function givenUp(state: State, who: Who): State {
  return { ...state, forfeited: put(state.forfeited, who, true) };
}

/**
 * What was never bound is protected by its labels and its Subnet alone; who takes these away by hand gives it
 * up.
 */
function withoutProtection(before: State, after: State, who: Who): State {
  return before.claims[who]?.promise?.by === "operator"
    ? withForfeit(before, after, who)
    : givenUp(after, who);
}
