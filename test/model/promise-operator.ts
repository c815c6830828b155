/** What an operator may write, by any pictures of the past, rule by rule (`docs/design/0009` and `0010`). */
import type { Step } from "./explore.ts";
import {
  type Block,
  BOTH,
  bit,
  type Claim,
  has,
  keeps,
  looksOf,
  otherOf,
  removeSubnet,
  type State,
  type Subnet,
  someView,
  type Who,
  writeClaim,
  writeSubnet,
} from "./promise-state.ts";

export interface Rules {
  /** A Subnet has a finalizer until its claim is gone. */
  readonly protectSubnets: boolean;
  /** That a claim is gone is read from the API before its Subnet goes or passes on. */
  readonly confirmGone: boolean;
  /** It is asked whether any claim of that name is there, not whether that life of it is. */
  readonly confirmByName: boolean;
  /** A claim is bound by a picture of claims that shows its own record. */
  readonly bindOnSeenRecord: boolean;
  /** A claim is not bound to what another living claim has a record or promise of. */
  readonly refuseWhatAnotherHas: boolean;
  /** A write lands on the version of the claim that it was decided on. */
  readonly writeConditionally: boolean;
  /** A remembered record is not exchanged for another one. */
  readonly keepMemory: boolean;
  /** An undecided Subnet whose claim is missing stays. */
  readonly keepUndecided: boolean;
  /** No claim requests what another claim was promised or remembers. */
  readonly holdPromised: boolean;
  /** A status that was restored is not a decision. */
  readonly statusNamesLife: boolean;
  /** Labels that were copied from another claim mean nothing. */
  readonly recordNamesOwner: boolean;
  /** A Subnet is decided only when the claim that it names was read to live. */
  readonly decideForTheLiving: boolean;
  /** A claim remembers the block of a Subnet of an earlier life before it gets that Subnet. */
  readonly recordBeforeHandOver: boolean;
  /** What was only asked for at the backup is not remembered. */
  readonly askedIsNotRemembered: boolean;
  /** A claim gives back Subnets of its own life only, not one that an earlier life left to it. */
  readonly giveBackOnlyOwn: boolean;
  /** That its claim asks for another block is read from the API before a Subnet is given back. */
  readonly giveBackAfterRead: boolean;
  /** A Subnet that held nothing at the backup reports it, and does not record its block. */
  readonly subnetsSayAllocated: boolean;
  /** The Subnet of a claim that remembers its block loses to what is Allocated only. */
  readonly waitInsteadOfLosing: boolean;
  /** The pool is paused until all that was restored is there. */
  readonly pauseWhileRestoring: boolean;
}

/** By any pictures of the past, or by one of the present alone. */
export type Pictures = "any" | "present";

export function* operatorSteps(state: State, rules: Rules, pictures: Pictures): Generator<Step<State>> {
  for (const who of BOTH) {
    const name = "AB"[who];
    for (const { what, to } of claimSteps(state, who, rules, pictures))
      yield { what: `operator: claim ${name} ${what}`, to };
    for (const { what, to } of subnetSteps(state, who, rules, pictures))
      yield { what: `operator: Subnet ${name} ${what}`, to };
  }
}

// ── claims ─────────────────────────────────────────────────────────────────────────────────────────────────

function* claimSteps(state: State, who: Who, rules: Rules, pictures: Pictures): Generator<Step<State>> {
  const claim = state.claims[who];
  if (claim === undefined) return;
  yield* bindSteps(state, who, claim, rules);
  yield* adoptSteps(state, who, claim, rules);
  if (claim.record === undefined && claim.promise !== undefined)
    yield record(state, who, claim, claim.promise.block, "remembered", "records its promise");
  else if (claim.record === undefined && !state.isPaused) yield* askSteps(state, who, claim, rules, pictures);
  if (
    claim.record &&
    claim.promise === undefined &&
    mayWithdraw(state, who, claim, claim.record, rules, pictures)
  )
    yield {
      what: `withdraws ${"XY"[claim.record.block]}`,
      to: writeClaim(state, who, { ...claim, record: undefined }),
    };
}

function record(
  state: State,
  who: Who,
  claim: Claim,
  block: Block,
  kind: "asked" | "remembered",
  why: string,
): Step<State> {
  const memory = kind === "remembered" ? block : claim.memory;
  return {
    what: `${why}: ${kind} ${"XY"[block]}`,
    to: writeClaim(state, who, { ...claim, record: { block, kind }, memory }),
  };
}

/**
 * Its Subnet shows which block it has; one of an earlier life has the last word, unless the claim was
 * promised something.
 */
function* adoptSteps(state: State, who: Who, claim: Claim, rules: Rules): Generator<Step<State>> {
  const subnet = state.subnets[who];
  if (subnet === undefined || subnet.phase === "Failed" || claim.promise !== undefined) return;
  const isMemory = isMemoryOf(subnet, rules);
  const isOpen = claim.record === undefined || (isMemory && claim.record.kind === "asked");
  if (!isMemory && subnet.phase === "open" && subnet.of === "dead") return;
  const kind = isMemory ? "remembered" : "asked";
  if (isOpen) yield record(state, who, claim, subnet.block, kind, "records the block of its Subnet");
}

/** Whether it shows the next life of a claim which block it has. */
function isMemoryOf(subnet: Subnet, rules: Rules): boolean {
  return subnet.phase === "open" && subnet.of === "dead" && (subnet.isMarked || !rules.subnetsSayAllocated);
}

function* askSteps(
  state: State,
  who: Who,
  claim: Claim,
  rules: Rules,
  pictures: Pictures,
): Generator<Step<State>> {
  // A picture of the Subnets in which it has none, or in which a block is free, is somewhere in the past.
  const isBlind = pictures === "any";
  const own = state.subnets[who];
  if (!isBlind && own !== undefined && own.phase !== "Failed") return;
  for (const block of BOTH) {
    const isHeld = !someView(claim, (looks) => !rules.holdPromised || !keeps(looks, block));
    if (isHeld || (!isBlind && isTaken(state, who, block))) continue;
    yield record(state, who, claim, block, "asked", "asks");
    if (!isBlind) return;
  }
}

function isTaken(state: State, who: Who, block: Block): boolean {
  const conflict = state.subnets[otherOf(who)];
  return conflict !== undefined && conflict.phase !== "Failed" && conflict.block === block;
}

/** A claim may request for another block at any time, as long as it was promised none. */
function mayWithdraw(
  state: State,
  who: Who,
  claim: Claim,
  { block, kind }: NonNullable<Claim["record"]>,
  rules: Rules,
  pictures: Pictures,
): boolean {
  if (kind === "doubtful" || (kind === "remembered" && rules.keepMemory)) return false;
  if (pictures === "any") return true;
  const own = state.subnets[who];
  const isServed = own?.phase === "Allocated" && own.of === "living" && own.block === block;
  return (
    isTaken(state, who, block) ||
    someView(claim, (looks) => keeps(looks, block) || (has(looks, block) && !isServed))
  );
}

function* bindSteps(state: State, who: Who, claim: Claim, rules: Rules): Generator<Step<State>> {
  if (claim.promise?.by === "operator") return;
  for (const block of BOTH) {
    if ((claim.allocated & bit(block)) === 0) continue;
    if (claim.promise !== undefined && claim.promise.block !== block) continue;
    const isOwn = claim.record?.block === block && claim.record.kind !== "doubtful";
    const wasOwn = (claim.recorded & bit(block)) !== 0;
    if (!(isOwn || (!rules.writeConditionally && wasOwn))) continue;
    const isFree = (looks: number) => !rules.refuseWhatAnotherHas || !has(looks, block);
    // A claim that knows its own record otherwise than by the picture may know nothing of the other one.
    if (rules.bindOnSeenRecord && !someView(claim, isFree)) continue;
    yield {
      what: `is bound to ${"XY"[block]}`,
      to: writeClaim(state, who, { ...claim, promise: { block, by: "operator" } }),
    };
  }
}

// ── Subnets ────────────────────────────────────────────────────────────────────────────────────────────────

function* subnetSteps(state: State, who: Who, rules: Rules, pictures: Pictures): Generator<Step<State>> {
  const subnet = state.subnets[who];
  if (subnet === undefined) {
    yield* createSteps(state, who, rules, pictures);
    return;
  }
  if (subnet.phase === "open") yield* decideSteps(state, who, subnet, rules);
  if (mayPassOn(state, who, subnet, rules))
    yield {
      what: "is handed over",
      to: writeSubnet(state, who, { ...subnet, of: "living", isProtected: rules.protectSubnets }),
    };
  const why = whyItGoes(state, who, subnet, rules);
  if (why !== undefined) yield { what: `goes: ${why}`, to: removeSubnet(state, who) };
}

/** Decided on by a record, and landing whenever: the claim may have another record by then, or be gone. */
function* createSteps(state: State, who: Who, rules: Rules, pictures: Pictures): Generator<Step<State>> {
  const claim = state.claims[who];
  const base = { phase: "open", isMarked: false, isProtected: rules.protectSubnets, isGoing: false } as const;
  for (const block of BOTH) {
    if (pictures === "present") {
      const isInTheWay = isTaken(state, who, block) || keeps(looksOf(state.claims[otherOf(who)]), block);
      if (isInTheWay) continue;
    }
    const isDoubtful = claim?.record?.kind === "doubtful";
    if (claim !== undefined && !isDoubtful && (claim.recorded & bit(block)) !== 0)
      yield {
        what: `is created: ${"XY"[block]}`,
        to: writeSubnet(state, who, { ...base, block, of: "living" }),
      };
    if ((state.recordedByDead[who] & bit(block)) !== 0)
      yield {
        what: `is created for a life that is gone: ${"XY"[block]}`,
        to: writeSubnet(state, who, { ...base, block, of: "dead" }),
      };
  }
}

function* decideSteps(state: State, who: Who, subnet: Subnet, rules: Rules): Generator<Step<State>> {
  if (rules.decideForTheLiving && !subnet.sawClaim) return;
  if (subnet.sawRoom)
    yield { what: "is Allocated", to: writeSubnet(state, who, { ...subnet, phase: "Allocated" }) };
  // What is remembered waits for an undecided conflicting Subnet to lose, instead of losing with it.
  const record = state.claims[who]?.record;
  const isRemembered = record?.kind === "remembered" && record.block === subnet.block;
  const waits = rules.waitInsteadOfLosing && isRemembered;
  if (waits ? subnet.sawWinner : subnet.sawConflict)
    yield { what: "is Failed", to: writeSubnet(state, who, { ...subnet, phase: "Failed" }) };
}

function mayPassOn({ claims }: State, who: Who, subnet: Subnet, rules: Rules): boolean {
  const claim = claims[who];
  if (claim === undefined || subnet.of === "living" || subnet.phase === "Failed") return false;
  if (!rules.recordBeforeHandOver) return true;
  const { record, promise } = claim;
  // The read that finds the claim of its life gone finds this one, with its record.
  const isKept = record?.kind === "remembered" || promise !== undefined || subnet.phase !== "open";
  return record?.block === subnet.block && isKept;
}

/** Why the operator lets it go; undefined: it stays. */
function whyItGoes({ claims }: State, who: Who, subnet: Subnet, rules: Rules): string | undefined {
  if (subnet.phase === "Failed") return "it holds nothing";
  const claim = claims[who];
  const isOwn = subnet.of === "living" || !rules.giveBackOnlyOwn;
  const wasAway = claim !== undefined && (claim.recorded & ~bit(subnet.block)) !== 0;
  const gaveItBack = isOwn && (rules.giveBackAfterRead ? subnet.sawAway : wasAway);
  if (gaveItBack) return "its claim asks for another block";
  const isOrphan = isOrphaned(subnet, rules);
  if (isOrphan && subnet.isGoing) return "it was deleted, and its claim is gone";
  if (isOrphan && (!isMemoryOf(subnet, rules) || !rules.keepUndecided)) return "its claim is gone";
  return undefined;
}

/** Without a read, any picture from before the claim was made will do. */
function isOrphaned(subnet: Subnet, rules: Rules): boolean {
  if (!rules.confirmGone) return true;
  return subnet.of === "dead" && (!rules.confirmByName || subnet.sawNoClaim);
}
