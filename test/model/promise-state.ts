/**
 * The objects of the promise model, and what of their past still matters.
 *
 * A writer is nothing but two pictures of the past, one of the claims and one of the Subnets, and a write
 * that it decided on by them. Any number of writers, caches that lag by any amount and independently of each
 * other, crashes, relists, and writes that land late are therefore one thing: a write may land now if some
 * pair of pictures of the past allows it. So the state holds no writers, but keeps of the past what a write
 * could still rest on. That is little, because a write is conditional on the version of its object: pictures
 * from before the last write of that object are void for it.
 */

export type Who = 0 | 1;
export const BOTH = [0, 1] as const;

/** 0 is the block that A held at the backup, 1 the one of B. They do not overlap. */
export type Block = 0 | 1;
/** Bit b: block b. */
export type Blocks = number;

export interface ClaimRecord {
  readonly block: Block;
  /** Doubtful: it was only asked for when the backup was taken. */
  readonly kind: "asked" | "remembered" | "doubtful";
}

export interface Promised {
  readonly block: Block;
  readonly by: "operator" | "user";
}

export interface Claim {
  readonly record: ClaimRecord | undefined;
  readonly promise: Promised | undefined;
  /** What it remembers, whatever the operator did to its labels since. For the invariant only. */
  readonly memory: Block | undefined;
  /** Blocks that this life had a record of: a creation for any of them may be under way. */
  readonly recorded: Blocks;
  /** Blocks of which some picture shows an Allocated Subnet that names this life. */
  readonly allocated: Blocks;
  /** Bit n: since the last write of this claim, the other one looked like {@link looksOf} n. */
  readonly views: number;
}

export interface Subnet {
  readonly block: Block;
  /** Whom `claimRef` names: the life of the claim that is there, or one that is gone for good. */
  readonly of: "living" | "dead";
  /** What was decided about this life of the Subnet. */
  readonly phase: "open" | "Allocated" | "Failed";
  /** Its metadata say that it was Allocated once, in whatever life. */
  readonly isMarked: boolean;
  readonly isProtected: boolean;
  readonly isGoing: boolean;
  /** The other Subnet was there before it. */
  readonly isLater: boolean;
  /**
   * Since its last write, the other one: lived on the same block; was Allocated there; blocked nothing.
   */
  readonly sawConflict: boolean;
  readonly sawWinner: boolean;
  readonly sawRoom: boolean;
  /** Since its last write: the claim that it names lived; there was no claim of its identity. */
  readonly sawClaim: boolean;
  readonly sawNoClaim: boolean;
  /**
   * Since its last write: the claim that it names was promised nothing, and had a record of another block.
   */
  readonly sawAway: boolean;
}

/** What the backup holds, and how it comes back. */
export interface Scenario {
  readonly name: string;
  /** The block that each identity held at the backup. */
  readonly held: readonly [Block | undefined, Block | undefined];
  /** The record in the backup; undefined: the claim is in the backup, without one. */
  readonly records: readonly [ClaimRecord | undefined, ClaimRecord | undefined];
  /** The block of the Subnet in the backup. */
  readonly subnets: readonly [Block | undefined, Block | undefined];
  /** Whether claims come back with their labels, without, or either. */
  readonly labels: "kept" | "lost" | "either";
  readonly statuses: boolean;
  readonly paused: boolean;
  /** Users forge what they like. There is no backup to compare with. */
  readonly forged: boolean;
}

export interface State {
  readonly scenario: Scenario;
  readonly claims: readonly [Claim | undefined, Claim | undefined];
  readonly subnets: readonly [Subnet | undefined, Subnet | undefined];
  /** As {@link Claim.recorded}, of lives that are gone. */
  readonly recordedByDead: readonly [Blocks, Blocks];
  readonly isPaused: boolean;
  /** What the restore has yet to bring. */
  readonly claimsToCome: readonly [boolean, boolean];
  readonly subnetsToCome: readonly [boolean, boolean];
  /** A user gave the block up: deleted the claim, or destroyed all that spoke of it. */
  readonly forfeited: readonly [boolean, boolean];
}

export function otherOf(who: Who): Who {
  return who === 0 ? 1 : 0;
}

export function bit(block: Block): Blocks {
  return 1 << block;
}

export function put<T>(pair: readonly [T, T], who: Who, value: T): readonly [T, T] {
  return who === 0 ? [value, pair[1]] : [pair[0], value];
}

// ── what others see of a claim ─────────────────────────────────────────────────────────────────────────────

/** Bits 0 and 1: has a record or promise of the block. Bits 2 and 3: one that it will not withdraw. */
export type Looks = number;

export function looksOf(claim: Claim | undefined): Looks {
  let looks = 0;
  if (claim?.record !== undefined) {
    looks |= bit(claim.record.block);
    if (claim.record.kind !== "asked") looks |= bit(claim.record.block) << 2;
  }
  if (claim?.promise !== undefined) looks |= bit(claim.promise.block) * 5;
  return looks;
}

export function has(looks: Looks, block: Block): boolean {
  return (looks & bit(block)) !== 0;
}

export function keeps(looks: Looks, block: Block): boolean {
  return (looks & (bit(block) << 2)) !== 0;
}

/** Whether some picture of the other claim is like that. */
export function someView({ views }: Claim, test: (looks: Looks) => boolean): boolean {
  for (let looks = 0; looks < 16; looks++) if ((views & (1 << looks)) !== 0 && test(looks)) return true;
  return false;
}

// ── writes ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Nothing is decided about it by what others have. */
export function isBound({ promise }: Pick<Claim, "promise">): boolean {
  return promise?.by === "operator";
}

type ClaimContent = Pick<Claim, "record" | "promise" | "memory">;

/** A new claim, or a write to one. */
export function writeClaim(state: State, who: Who, content: ClaimContent): State {
  const old = state.claims[who];
  const other = state.claims[otherOf(who)];
  const wanted =
    (content.record === undefined || content.record.kind === "doubtful" ? 0 : bit(content.record.block)) |
    (content.promise === undefined ? 0 : bit(content.promise.block));
  const claim: Claim = {
    ...content,
    recorded: (old?.recorded ?? 0) | wanted,
    allocated: old?.allocated ?? 0,
    views: isBound(content) ? 0 : 1 << looksOf(other),
  };
  const subnet = state.subnets[who];
  const subnets =
    subnet !== undefined && isAway(subnet, claim)
      ? put(state.subnets, who, { ...subnet, sawAway: true })
      : state.subnets;
  return seenByOther({ ...state, subnets, claims: put(state.claims, who, claim) }, who);
}

function isAway(subnet: Pick<Subnet, "of" | "block">, claim: Claim | undefined): boolean {
  if (subnet.of === "dead" || claim?.record === undefined || claim.promise !== undefined) return false;
  return claim.record.block !== subnet.block;
}

export function removeClaim(state: State, who: Who): State {
  const recorded = state.claims[who]?.recorded ?? 0;
  const subnet = state.subnets[who];
  const orphan = subnet && { ...subnet, of: "dead" as const, sawNoClaim: true };
  const without = {
    ...state,
    claims: put(state.claims, who, undefined),
    subnets: put(state.subnets, who, orphan),
    recordedByDead: put(state.recordedByDead, who, state.recordedByDead[who] | recorded),
  };
  return seenByOther(without, who);
}

function seenByOther(state: State, who: Who): State {
  const other = state.claims[otherOf(who)];
  if (other === undefined || isBound(other)) return state;
  const views = other.views | (1 << looksOf(state.claims[who]));
  return views === other.views
    ? state
    : { ...state, claims: put(state.claims, otherOf(who), { ...other, views }) };
}

type SubnetContent = Pick<Subnet, "block" | "of" | "phase" | "isMarked" | "isProtected" | "isGoing">;

/** A new Subnet, or a write to one. */
export function writeSubnet(state: State, who: Who, content: SubnetContent): State {
  const conflict = state.subnets[otherOf(who)];
  const old = state.subnets[who];
  const subnet: Subnet = {
    ...content,
    isLater: old?.isLater ?? conflict !== undefined,
    sawConflict: false,
    sawWinner: false,
    sawRoom: false,
    sawClaim: content.phase === "open" && content.of === "living",
    sawNoClaim: state.claims[who] === undefined,
    sawAway: isAway(content, state.claims[who]),
  };
  const claim = state.claims[who];
  const allocated =
    claim !== undefined && subnet.of === "living" && subnet.phase === "Allocated"
      ? { ...claim, allocated: claim.allocated | bit(subnet.block) }
      : claim;
  const written = {
    ...state,
    claims: put(state.claims, who, allocated),
    subnets: put(state.subnets, who, subnet),
  };
  return compareSubnets(written);
}

export function removeSubnet(state: State, who: Who): State {
  const conflict = state.subnets[otherOf(who)];
  const subnets = put(
    put(state.subnets, who, undefined),
    otherOf(who),
    conflict && { ...conflict, isLater: false },
  );
  return compareSubnets({ ...state, subnets });
}

/** An earlier one wins, and so does what is Allocated; where the order is not known, whatever lives. */
function compareSubnets(state: State): State {
  let { subnets } = state;
  for (const who of BOTH) {
    const subnet = subnets[who];
    const conflict = subnets[otherOf(who)];
    if (subnet === undefined) continue;
    const isConflicting =
      conflict !== undefined && conflict.phase !== "Failed" && conflict.block === subnet.block;
    const isBeaten = isConflicting && (conflict.phase === "Allocated" || subnet.isLater);
    const isOpen = subnet.phase === "open";
    const sawConflict = isOpen && (subnet.sawConflict || isConflicting);
    const sawWinner = isOpen && (subnet.sawWinner || (isConflicting && conflict.phase === "Allocated"));
    const sawRoom = isOpen && (subnet.sawRoom || !isBeaten);
    subnets = put(subnets, who, { ...subnet, sawConflict, sawWinner, sawRoom });
  }
  return { ...state, subnets };
}

/** Of few characters, each of 16 bits: states are looked up by the hundred thousand. */
export function keyOf({ scenario, claims, subnets, recordedByDead, ...state }: State): string {
  const flags = bitsOf([state.isPaused, ...state.claimsToCome, ...state.subnetsToCome, ...state.forfeited]);
  const codes = String.fromCharCode(
    codeOfClaim(claims[0]),
    claims[0]?.views ?? 0,
    codeOfClaim(claims[1]),
    claims[1]?.views ?? 0,
    codeOfSubnet(subnets[0]),
    codeOfSubnet(subnets[1]),
    (flags << 4) | (recordedByDead[0] << 2) | recordedByDead[1],
  );
  return codes + scenario.name;
}

const RECORD_KINDS = ["asked", "remembered", "doubtful"] as const;

/** 13 bits; `views` takes 16 more. */
function codeOfClaim(claim: Claim | undefined): number {
  if (claim === undefined) return 0;
  const { record, promise, memory, recorded, allocated } = claim;
  const recordCode = record === undefined ? 0 : 1 + RECORD_KINDS.indexOf(record.kind) * 2 + record.block;
  const promiseCode = promise === undefined ? 0 : 1 + (promise.by === "user" ? 2 : 0) + promise.block;
  const memoryCode = memory === undefined ? 0 : 1 + memory;
  return 1 | (recordCode << 1) | (promiseCode << 4) | (memoryCode << 7) | (recorded << 9) | (allocated << 11);
}

const PHASES = ["open", "Allocated", "Failed"] as const;

/** 15 bits. */
function codeOfSubnet(subnet: Subnet | undefined): number {
  if (subnet === undefined) return 0;
  const { block, of, phase } = subnet;
  const flags = bitsOf([
    subnet.isMarked,
    subnet.isProtected,
    subnet.isGoing,
    subnet.isLater,
    subnet.sawConflict,
    subnet.sawWinner,
    subnet.sawRoom,
    subnet.sawClaim,
    subnet.sawNoClaim,
    subnet.sawAway,
  ]);
  return 1 | (block << 1) | (of === "dead" ? 4 : 0) | (PHASES.indexOf(phase) << 3) | (flags << 5);
}

function bitsOf(flags: readonly boolean[]): number {
  let bits = 0;
  for (const flag of flags) bits = (bits << 1) | (flag ? 1 : 0);
  return bits;
}
