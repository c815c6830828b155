/**
 * The allocation protocol as a model small enough to explore every situation it can get into (PX-02).
 *
 * Two Subnets of one pool, and two writers (a leader and one that was paused, or two that both believe to
 * lead) whose caches lag behind the API server, jump over gaps by relisting, and lose everything in a crash.
 * A user creates, deletes and edits; another operator, which knows no rule, allocates whatever waits. A write
 * that was decided may land at any later moment, or never.
 *
 * The rules are those of `docs/allocation-protocol.md#rules`, and each can be left out, to show that it is
 * needed.
 */

import type { Model } from "./explore.ts";

export type Phase = "Pending" | "Allocated" | "Failed";

/** A Subnet as the server keeps it. `block` 0 overlaps the other's block 0; block 1 overlaps nothing. */
export interface ModelSubnet {
  readonly uid: number;
  readonly revision: number;
  readonly block: 0 | 1;
  readonly phase: Phase;
  /** The block that the phase was decided for: `status.observedGeneration` in the model. */
  readonly decidedFor: 0 | 1 | undefined;
}

export type Slot = ModelSubnet | undefined;
/** What exists at one revision: the two names. */
export type World = readonly [Slot, Slot];

/** Undefined: the place in the order is not known. */
export type Ticket = number | undefined;

interface Intent {
  readonly slot: 0 | 1;
  readonly uid: number;
  /** The revision that the decision was made on. */
  readonly on: number;
  readonly phase: Phase;
  readonly block: 0 | 1;
}

interface Writer {
  /** The cache is the world as of this revision. */
  readonly seen: number;
  readonly tickets: readonly [Ticket, Ticket];
  readonly intent: Intent | undefined;
}

export interface State {
  /** `history[r]` is the world as of revision r. */
  readonly history: readonly World[];
  readonly writers: readonly [Writer, Writer];
}

export interface Rules {
  /** Rule 2: an earlier ticket wins. */
  readonly checkEarlierTickets: boolean;
  /** Rule 3: a write lands only on the revision that it was decided on. */
  readonly writeConditionally: boolean;
  /** Rule 5: an unknown order loses. */
  readonly unknownOrderLoses: boolean;
  /** Rule 6: a revival, or a changed block, is a new ticket. */
  readonly newTicketOnRevival: boolean;
}

export const ALL_RULES: Rules = {
  checkEarlierTickets: true,
  writeConditionally: true,
  unknownOrderLoses: true,
  newTicketOnRevival: true,
};

const NOTHING_SEEN: Writer = { seen: 0, tickets: [undefined, undefined], intent: undefined };
const START: State = { history: [[undefined, undefined]], writers: [NOTHING_SEEN, NOTHING_SEEN] };

const SLOTS = [0, 1] as const;

export function isAllocated(subnet: Slot): subnet is ModelSubnet {
  return subnet !== undefined && subnet.phase === "Allocated" && subnet.decidedFor === subnet.block;
}

/** The one thing that must never be. */
function isDoubleAllocation([a, b]: World): boolean {
  return isAllocated(a) && isAllocated(b) && a.block === 0 && b.block === 0;
}

function isLive(subnet: Slot): subnet is ModelSubnet {
  return subnet !== undefined && subnet.phase !== "Failed";
}

function isCandidate(subnet: ModelSubnet): boolean {
  return subnet.phase === "Pending" || subnet.decidedFor !== subnet.block;
}

/**
 * As `defersTo` in the operator: the other one is not decided, and will lose to this one, which another
 * operator allocated. Then this one waits instead of losing.
 */
export function defersTo(subnet: ModelSubnet, other: ModelSubnet): boolean {
  if (subnet.phase !== "Allocated") return false;
  return other.phase === "Pending" || (other.decidedFor !== other.block && other.uid > subnet.uid);
}

/** Rules 2 and 5, as `comesEarlier` in the operator: whether the other one was first. */
export function loses(other: ModelSubnet, otherTicket: Ticket, ticket: Ticket, rules: Rules): boolean {
  if (other.phase === "Allocated") return true;
  if (ticket === undefined || otherTicket === undefined) return rules.unknownOrderLoses;
  return rules.checkEarlierTickets && otherTicket < ticket;
}

function newest(state: State): World {
  return state.history[state.history.length - 1] as World;
}

function place(world: World, slot: 0 | 1, subnet: Slot): World {
  return slot === 0 ? [subnet, world[1]] : [world[0], subnet];
}

function append(state: State, slot: 0 | 1, subnet: Omit<ModelSubnet, "revision"> | undefined): State {
  const revision = state.history.length;
  const written = subnet === undefined ? undefined : { ...subnet, revision };
  return { ...state, history: [...state.history, place(newest(state), slot, written)] };
}

function withWriter(state: State, which: 0 | 1, writer: Writer): State {
  return { ...state, writers: which === 0 ? [writer, state.writers[1]] : [state.writers[0], writer] };
}

/** What the user may do next. */
function* userSteps(state: State): Generator<State> {
  const world = newest(state);
  for (const slot of SLOTS) {
    const subnet = world[slot];
    if (subnet === undefined) {
      const uid = state.history.length;
      yield append(state, slot, { uid, block: 0, phase: "Pending", decidedFor: undefined });
      if (slot === 0) yield append(state, slot, { uid, block: 1, phase: "Pending", decidedFor: undefined });
    } else {
      yield append(state, slot, undefined);
      if (subnet.phase === "Pending")
        yield append(state, slot, { ...subnet, phase: "Allocated", decidedFor: undefined });
      if (slot === 0) yield append(state, slot, { ...subnet, block: subnet.block === 0 ? 1 : 0 });
    }
  }
}

function ticketAfter(old: Slot, current: Slot, ticket: Ticket, rules: Rules): Ticket {
  if (current === undefined) return undefined;
  if (old === undefined || old.uid !== current.uid) return current.revision;
  const revived = old.phase === "Failed" && current.phase !== "Failed";
  const moved = old.block !== current.block;
  return rules.newTicketOnRevival && (revived || moved) ? current.revision : ticket;
}

/** The next event of the watch. */
function watched(state: State, writer: Writer, rules: Rules): Writer {
  const before = state.history[writer.seen] as World;
  const after = state.history[writer.seen + 1] as World;
  const [a, b] = SLOTS.map((slot) => {
    const ticket = writer.tickets[slot];
    return before[slot] === after[slot] ? ticket : ticketAfter(before[slot], after[slot], ticket, rules);
  });
  return { ...writer, seen: writer.seen + 1, tickets: [a, b] };
}

/** A relist: what changed in the gap has no known place in the order any more. */
function relisted(state: State, writer: Writer): Writer {
  const before = state.history[writer.seen] as World;
  const after = newest(state);
  const [a, b] = SLOTS.map((slot) => (before[slot] === after[slot] ? writer.tickets[slot] : undefined));
  return { ...writer, seen: state.history.length - 1, tickets: [a, b] };
}

/** Decisions that the writer's cache allows. */
function* decisions(state: State, writer: Writer, rules: Rules): Generator<Intent> {
  const world = state.history[writer.seen] as World;
  for (const slot of SLOTS) {
    const subnet = world[slot];
    if (subnet === undefined) continue;
    const other = world[slot === 0 ? 1 : 0];
    const overlaps = isLive(other) && other.block === 0 && subnet.block === 0;
    const intent = { slot, uid: subnet.uid, on: subnet.revision, block: subnet.block };
    if (subnet.phase === "Failed" && !isStale(subnet)) {
      if (!overlaps) yield { ...intent, phase: "Pending" };
    } else if (isCandidate(subnet)) {
      const otherTicket = writer.tickets[slot === 0 ? 1 : 0];
      const isBeaten = overlaps && loses(other, otherTicket, writer.tickets[slot], rules);
      if (isBeaten && defersTo(subnet, other)) continue;
      yield { ...intent, phase: isBeaten ? "Failed" : "Allocated" };
    }
  }
}

function isStale(subnet: ModelSubnet): boolean {
  return subnet.decidedFor !== subnet.block;
}

function land(state: State, { slot, uid, on, phase, block }: Intent, rules: Rules): State {
  const subnet = newest(state)[slot];
  if (subnet === undefined || subnet.uid !== uid) return state;
  if (rules.writeConditionally && subnet.revision !== on) return state;
  return append(state, slot, { ...subnet, phase, decidedFor: phase === "Pending" ? undefined : block });
}

function* writerSteps(state: State, which: 0 | 1, rules: Rules, hasRoom: boolean): Generator<State> {
  const writer = state.writers[which];
  if (writer.seen < state.history.length - 1) {
    yield withWriter(state, which, watched(state, writer, rules));
    yield withWriter(state, which, relisted(state, writer));
  }
  if (writer.intent === undefined) {
    for (const intent of decisions(state, writer, rules))
      yield withWriter(state, which, { ...writer, intent });
  } else {
    const idle = withWriter(state, which, { ...writer, intent: undefined });
    // The write lands, or is lost.
    if (hasRoom) yield land(idle, writer.intent, rules);
    yield idle;
  }
  // A crash and a new start: everything there is was listed, nothing is known of its order.
  yield withWriter(state, which, {
    seen: state.history.length - 1,
    tickets: [undefined, undefined],
    intent: undefined,
  });
}

export function* successors(state: State, rules: Rules, mostRevisions: number): Generator<State> {
  const hasRoom = state.history.length <= mostRevisions;
  if (hasRoom) yield* userSteps(state);
  for (const which of SLOTS) yield* writerSteps(state, which, rules, hasRoom);
}

const PHASES: readonly Phase[] = ["Pending", "Allocated", "Failed"];
/** Bits that a revision takes, and so do a UID and a ticket. */
const REVISION = 4;

function codeOfSlot(subnet: Slot): number {
  if (subnet === undefined) return 0;
  const { uid, revision, block, phase, decidedFor } = subnet;
  const decided = decidedFor === undefined ? 0 : 1 + decidedFor;
  return (
    1 | (block << 1) | (PHASES.indexOf(phase) << 2) | (decided << 4) | (((uid << REVISION) | revision) << 6)
  );
}

/** A number below 2^32. */
function codeOfWriter({ seen, tickets, intent }: Writer): number {
  const order = (((seen << REVISION) | (tickets[0] ?? 0)) << REVISION) | (tickets[1] ?? 0);
  if (intent === undefined) return order * 65_536;
  const { slot, on, phase, block } = intent;
  return order * 65_536 + (1 | (slot << 1) | (block << 2) | (PHASES.indexOf(phase) << 3) | (on << 5));
}

/**
 * Of few characters, each of 16 bits: states are looked up by the hundred thousand. Two writers are alike:
 * which of them is the first makes no difference.
 */
function keyOf({ history, writers }: State): string {
  const codes: number[] = [];
  for (const [a, b] of history) codes.push(codeOfSlot(a), codeOfSlot(b));
  const [one, two] = [codeOfWriter(writers[0]), codeOfWriter(writers[1])];
  const [first, second] = one < two ? [one, two] : [two, one];
  codes.push(first >>> 16, first & 0xffff, second >>> 16, second & 0xffff);
  return String.fromCharCode(...codes);
}

export function allocationModel(rules: Rules, mostRevisions: number): Model<State> {
  return {
    starts: [START],
    *steps(state) {
      for (const to of successors(state, rules, mostRevisions)) yield { what: "", to };
    },
    keyOf,
    faultOf: (state) => (isDoubleAllocation(newest(state)) ? "both Subnets are Allocated" : undefined),
  };
}
