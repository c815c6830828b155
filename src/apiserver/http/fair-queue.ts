/**
 * Work that waits, shared out fairly: between users first, then between the programs (User-Agent) of one user, then
 * first come, first served. Fair means equal time: each flow has a virtual clock that advances by the time its work
 * took, and the one that is furthest behind goes next (start-time fair queueing, Goyal, Vin and Cheng 1996; what API
 * Priority and Fairness does with its queues, KEP-1040). A flow that was idle starts at the present, so that no user
 * saves up; one that is ahead stays ahead, by at most a second.
 */

/** Whether what needs seats may begin: not for `user`, who has enough, or for no user, because all are taken. */
export type Admittance = "yes" | "user-full" | "full";

export interface Waiting {
  /** Seats that it needs to begin. 0: it has begun already, and only waits for its turn. */
  readonly seats: number;
}

export interface Turn<T> {
  readonly item: T;
  /** Reports how long it took. */
  charge(ms: number): void;
}

/** What is charged at least, so that work too short to be measured is shared out too. */
const LEAST_CHARGE_MS = 0.05;
const MOST_AHEAD_MS = 1_000;

class Program<T> {
  virtualMs = 0;
  /** Items that have begun; they go first. */
  readonly begun: T[] = [];
  readonly arrived: T[] = [];
}

class User<T> {
  virtualMs = 0;
  /** Of the program that went last. */
  presentMs = 0;
  readonly programs = new Map<string, Program<T>>();
}

export class FairQueue<T extends Waiting> {
  readonly #users = new Map<string, User<T>>();
  /** Virtual time of the user that went last. */
  #presentMs = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(userName: string, programName: string, item: T): void {
    if (this.#size === 0) this.#users.clear();
    let user = this.#users.get(userName);
    if (user === undefined) {
      user = new User();
      this.#users.set(userName, user);
    }
    if (user.programs.size === 0) user.virtualMs = presentTime(user.virtualMs, this.#presentMs);
    let program = user.programs.get(programName);
    if (program === undefined) {
      program = new Program();
      program.virtualMs = user.presentMs;
      user.programs.set(programName, program);
    }
    if (item.seats === 0) program.begun.push(item);
    else program.arrived.push(item);
    this.#size++;
  }

  /** Its caller no longer waits for it. */
  remove(userName: string, programName: string, item: T): void {
    const program = this.#users.get(userName)?.programs.get(programName);
    if (program === undefined) return;
    for (const items of [program.begun, program.arrived]) {
      const at = items.indexOf(item);
      if (at < 0) continue;
      items.splice(at, 1);
      this.#size--;
    }
  }

  /** The next whose turn it is. Undefined: nothing can begin now. */
  take(admits: (user: string, seats: number) => Admittance): Turn<T> | undefined {
    let mayBegin = true;
    for (const [name, user] of byVirtualTime(this.#users)) {
      for (const [programName, program] of byVirtualTime(user.programs)) {
        let item = program.begun.shift();
        if (item === undefined && mayBegin && program.arrived[0] !== undefined) {
          const admittance = admits(name, program.arrived[0].seats);
          // A request for many seats that is next must not be overtaken for ever by requests for few.
          if (admittance === "full") mayBegin = false;
          if (admittance === "yes") item = program.arrived.shift();
        }
        if (program.begun.length + program.arrived.length === 0) user.programs.delete(programName);
        if (item === undefined) continue;
        this.#size--;
        return this.#turn(item, user, program);
      }
      if (user.programs.size === 0 && user.virtualMs <= this.#presentMs) this.#users.delete(name);
    }
    return undefined;
  }

  #turn(item: T, user: User<T>, program: Program<T>): Turn<T> {
    this.#presentMs = Math.max(this.#presentMs, user.virtualMs);
    user.presentMs = Math.max(user.presentMs, program.virtualMs);
    return {
      item,
      charge: (ms) => {
        const cost = Math.max(ms, LEAST_CHARGE_MS);
        user.virtualMs += cost;
        program.virtualMs += cost;
      },
    };
  }
}

function presentTime(ownMs: number, presentMs: number): number {
  return Math.min(Math.max(ownMs, presentMs), presentMs + MOST_AHEAD_MS);
}

/** The furthest behind first. Few beyond the first are read, so the rest is sorted only when it is needed. */
function* byVirtualTime<F extends { readonly virtualMs: number }>(
  flows: ReadonlyMap<string, F>,
): Generator<[string, F]> {
  let first: [string, F] | undefined;
  for (const entry of flows) {
    if (first === undefined || entry[1].virtualMs < first[1].virtualMs) first = entry;
  }
  // The caller may delete the first one.
  const isAlone = flows.size < 2;
  if (first !== undefined) yield first;
  if (isAlone) return;
  const others = [...flows].filter(([name]) => name !== first?.[0]);
  yield* others.sort(([, a], [, b]) => a.virtualMs - b.virtualMs);
}
