/**
 * The order in which keys that are ready are taken: what happens now goes before what a list brought up, so that a
 * start with many objects does not delay changes that happen meanwhile. In each lane the groups take turns, and each
 * group is first in, first out.
 *
 * What it guarantees:
 *
 * 1. A member stands in it once, in the more urgent of the lanes into which it was put.
 * 2. Neither lane starves the other: after {@link LIVE_IN_A_ROW} from the live lane one comes from the backlog.
 * 3. No operation grows with the number of members.
 */
import { FairFifo } from "./fair-fifo.ts";

export type Lane = "live" | "backlog";

/** Something that can stand in the lanes. The field is theirs. */
export interface LaneMember {
  lane: Lane | undefined;
  /** Those with whom it shares its turns. */
  readonly group: string;
}

/** How many of the live lane go before one of the backlog has its turn. */
export const LIVE_IN_A_ROW = 8;

export class Lanes<T extends LaneMember> {
  readonly #live = new FairFifo<T>();
  /** Entries whose member has moved to the live lane, or has been taken from there, are passed over. */
  readonly #backlog = new FairFifo<T>();
  #length = 0;
  #liveInARow = 0;

  get length(): number {
    return this.#length;
  }

  put(member: T, lane: Lane): void {
    if (member.lane === lane || member.lane === "live") return;
    if (member.lane === undefined) this.#length++;
    member.lane = lane;
    (lane === "live" ? this.#live : this.#backlog).push(member, member.group);
  }

  take(): T | undefined {
    const backlogFirst = this.#liveInARow >= LIVE_IN_A_ROW || this.#live.length === 0;
    const member = backlogFirst ? (this.#takeBacklog() ?? this.#takeLive()) : this.#takeLive();
    if (member === undefined) return undefined;
    member.lane = undefined;
    this.#length--;
    return member;
  }

  #takeLive(): T | undefined {
    this.#liveInARow++;
    return this.#live.shift();
  }

  #takeBacklog(): T | undefined {
    this.#liveInARow = 0;
    for (let member = this.#backlog.shift(); member !== undefined; member = this.#backlog.shift()) {
      if (member.lane === "backlog") return member;
    }
    return undefined;
  }
}
