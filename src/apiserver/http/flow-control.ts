/**
 * Who may go on, and when. There is one thread, so what a request costs others is the time for which it runs and the
 * memory that it holds while it waits. Both are handed out here:
 *
 * - *Seats* limit how many requests are under way, by user and in all. Who gets none waits in a fair queue, and is
 *   refused (429 with `Retry-After`) when the queue is full or has not moved for long.
 * - *Turns* share the thread. When requests have been read and worked on for {@link TURN_MS} in this turn of the event
 *   loop, work goes on in a later one, after what others have brought meanwhile: user by user, not request by request
 *   (fair-queue.ts).
 */
import { type Clock, drainMicrotasks } from "../../kernel/index.ts";
import { tooManyRequests } from "../status-error.ts";
import { type Admittance, FairQueue, type Waiting } from "./fair-queue.ts";
import type { ServerLimits } from "./server-limits.ts";

/**
 * How long one turn of the event loop should take: what it reads, and the work until it polls for new requests. Who sends
 * one waits for about half of it. One request is worked on in each, however long the reading took.
 */
const TURN_MS = 0.5;
/**
 * The same while one user alone sends requests. Each change from one kind of work to another costs as much as a third of
 * the work itself, so long turns do more in the same time.
 */
const LONE_TURN_MS = 2;
/** For so long after its request a user counts as present. */
const PRESENT_MS = 200;
const RETRY_AFTER_SECONDS = 1;
const SEAT_BYTES = 64 * 1024;

/** The request is over: its client has gone, or its time. No response is sent. */
export class RequestOver extends Error {}

interface Place extends Waiting {
  readonly proceed: () => void;
}

/** Made once: it is needed for each request, and its stack trace is never read. */
const DONE = new RequestOver("the request is done");

/** One request, as the flow control sees it. */
export interface Ticket {
  /**
   * To be called in long work, every 100 µs or so. Undefined: go on. Else go on when it resolves. @throws RequestOver
   */
  giveWay(): Promise<void> | undefined;
  /**
   * Gives the seats back although the request goes on: it waits for its client. Returns false when too many do so
   * already.
   */
  park(): boolean;
  /** Gives the seats back for good: what goes on is counted elsewhere, as watches are. */
  runLong(): void;
  /** No more work is worth doing for it. What waits is rejected with `reason`. */
  end(reason: RequestOver): void;
  /** It is done. */
  leave(): void;
}

export interface FlowControl {
  readonly inFlight: number;
  readonly queued: number;
  /**
   * Resolves when the request may be worked on. @throws StatusError 429
   *
   * @param bodyBytes as announced; they are held in memory.
   */
  enter(
    user: string,
    program: string,
    bodyBytes: number,
  ): Ticket & { readonly begun: Promise<void> | undefined };
}

/** For what needs no seat and is quick. */
export const FREE_TICKET: Ticket = {
  giveWay: () => undefined,
  park: () => true,
  runLong: () => undefined,
  end: () => undefined,
  leave: () => undefined,
};

export function createFlowControl(
  limits: ServerLimits,
  clock: Clock,
  onRejected: (reason: string) => void,
): FlowControl {
  return new Flows(limits, clock, onRejected);
}

class Flows implements FlowControl {
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly #onRejected: (reason: string) => void;
  readonly #queue = new FairQueue<Place>();
  readonly #seatsOf = new Map<string, number>();
  readonly #parkedOf = new Map<string, number>();
  readonly #queuedOf = new Map<string, number>();
  #seats = 0;
  #parked = 0;
  #queued = 0;
  /** Until when work may go on in this turn of the event loop. */
  #turnEndsMs: number | undefined;
  #lastUser: string | undefined;
  /** Until when several users count as present. */
  #sharedUntilMs = 0;
  #pumping = false;

  constructor(limits: ServerLimits, clock: Clock, onRejected: (reason: string) => void) {
    this.limits = limits;
    this.clock = clock;
    this.#onRejected = onRejected;
  }

  get inFlight(): number {
    return this.#seats;
  }

  get queued(): number {
    return this.#queued;
  }

  enter(user: string, program: string, bodyBytes: number) {
    if (user !== this.#lastUser) this.#noteUser(user);
    const most = Math.max(1, Math.floor(this.limits.maxRequestsInFlight / 2));
    const seats = Math.min(most, 1 + Math.floor(bodyBytes / SEAT_BYTES));
    const ticket = new RequestTicket(this, user, program, seats);
    if (this.#queue.size === 0 && this.#hasTime() && this.#admits(user, seats) === "yes") {
      this.take(user, seats);
      ticket.begin();
      return ticket;
    }
    if ((this.#queuedOf.get(user) ?? 0) >= this.limits.maxQueuedPerUser) {
      this.refuse("queue-full");
      throw tooManyRequests(
        `too many requests of user "${user}" wait already (limit ${this.limits.maxQueuedPerUser}), please try again later`,
        RETRY_AFTER_SECONDS,
      );
    }
    ticket.begun = this.#wait(ticket, seats);
    return ticket;
  }

  async #wait(ticket: RequestTicket, seats: number): Promise<void> {
    this.#queued++;
    count(this.#queuedOf, ticket.user, 1);
    const timer = this.clock.setTimer(this.limits.queueTimeoutMs, () => ticket.expire(), true);
    try {
      await this.turn(ticket, seats);
    } finally {
      this.#queued--;
      count(this.#queuedOf, ticket.user, -1);
      timer.cancel();
    }
  }

  refuse(reason: string): void {
    this.#onRejected(reason);
  }

  /** Resolves when it is this ticket's turn. */
  turn(ticket: RequestTicket, seats: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const place: Place = {
      seats,
      proceed: () => {
        ticket.waitsWith(undefined);
        if (seats > 0) {
          this.take(ticket.user, seats);
          ticket.begin();
        }
        resolve();
      },
    };
    ticket.waitsWith((reason) => {
      this.#queue.remove(ticket.user, ticket.program, place);
      reject(reason);
    });
    this.#queue.push(ticket.user, ticket.program, place);
    this.#pump();
    return promise;
  }

  mayGoOn(): boolean {
    return this.#queue.size === 0 ? this.#hasTime() : this.#turnEndsMs !== undefined && this.#hasTime();
  }

  take(user: string, seats: number): void {
    this.#seats += seats;
    count(this.#seatsOf, user, seats);
  }

  giveBack(user: string, seats: number): void {
    this.#seats -= seats;
    count(this.#seatsOf, user, -seats);
    if (this.#queue.size > 0) this.#pump();
  }

  /** Twice as many as there are seats may wait for their clients; one user has half of those. */
  park(user: string): boolean {
    const parked = this.#parkedOf.get(user) ?? 0;
    const { maxRequestsInFlight } = this.limits;
    if (parked >= maxRequestsInFlight || this.#parked >= 2 * maxRequestsInFlight) return false;
    this.#parked++;
    count(this.#parkedOf, user, 1);
    return true;
  }

  unpark(user: string): void {
    this.#parked--;
    count(this.#parkedOf, user, -1);
  }

  readonly #admits = (user: string, seats: number): Admittance => {
    const { maxRequestsInFlight: most } = this.limits;
    if ((this.#seatsOf.get(user) ?? 0) + seats > Math.max(1, Math.floor(most / 2))) return "user-full";
    return this.#seats + seats > most ? "full" : "yes";
  };

  #noteUser(user: string): void {
    if (this.#lastUser !== undefined) this.#sharedUntilMs = this.clock.monotonicMs() + PRESENT_MS;
    this.#lastUser = user;
  }

  /** When a turn ends that begins now. */
  #turnEnd(nowMs: number): number {
    return nowMs + (this.#isShared(nowMs) ? TURN_MS : LONE_TURN_MS);
  }

  #isShared(nowMs: number): boolean {
    return nowMs < this.#sharedUntilMs;
  }

  /** Whether this turn of the event loop has time left. The first who asks begins it. */
  #hasTime(): boolean {
    const now = this.clock.monotonicMs();
    if (this.#turnEndsMs !== undefined) return now < this.#turnEndsMs;
    this.#turnEndsMs = this.#turnEnd(now);
    void drainMicrotasks().then(() => {
      this.#turnEndsMs = undefined;
    });
    return true;
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#run();
  }

  /** Cannot fail: what it calls resolves promises and does arithmetic. */
  async #run(): Promise<void> {
    let went = true;
    let now = this.clock.monotonicMs();
    while (went && this.#queue.size > 0) {
      // Clients that are answered soon send again: what is read before the work counts, or a flood is read for longer
      // than it is worked on.
      const endsMs = this.#turnEndsMs ?? this.#turnEnd(now);
      await drainMicrotasks();
      went = false;
      now = this.clock.monotonicMs();
      this.#turnEndsMs = endsMs;
      do {
        const turn = this.#queue.take(this.#admits);
        if (turn === undefined) break;
        went = true;
        turn.item.proceed();
        await (this.#isShared(now) ? settled() : worked());
        const then = this.clock.monotonicMs();
        turn.charge(then - now);
        now = then;
      } while (now < endsMs);
      this.#turnEndsMs = undefined;
    }
    this.#pumping = false;
  }
}

/** Resolves after the first promise callbacks of what went on. What Node writes then is written for many at once. */
async function worked(): Promise<void> {
  for (let i = 0; i < 3; i++) await undefined;
}

/** Resolves after the promise callbacks that are ready, and after the writing that Node puts off until then. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function count(counts: Map<string, number>, user: string, change: number): void {
  const next = (counts.get(user) ?? 0) + change;
  if (next > 0) counts.set(user, next);
  else counts.delete(user);
}

class RequestTicket implements Ticket {
  readonly user: string;
  readonly program: string;
  begun: Promise<void> | undefined;
  readonly #flows: Flows;
  readonly #seats: number;
  #state: "waiting" | "seated" | "parked" | "left" = "waiting";
  #over: Error | undefined;
  #reject: ((reason: Error) => void) | undefined;

  constructor(flows: Flows, user: string, program: string, seats: number) {
    this.#flows = flows;
    this.user = user;
    this.program = program;
    this.#seats = seats;
  }

  begin(): void {
    this.#state = "seated";
  }

  waitsWith(reject: ((reason: Error) => void) | undefined): void {
    this.#reject = reject;
  }

  giveWay(): Promise<void> | undefined {
    if (this.#over !== undefined) throw this.#over;
    return this.#flows.mayGoOn() ? undefined : this.#flows.turn(this, 0);
  }

  park(): boolean {
    if (this.#state !== "seated") return true;
    if (!this.#flows.park(this.user)) return false;
    this.#state = "parked";
    this.#flows.giveBack(this.user, this.#seats);
    return true;
  }

  runLong(): void {
    if (this.#state === "seated") this.#flows.giveBack(this.user, this.#seats);
    if (this.#state !== "parked") this.#state = "left";
  }

  expire(): void {
    const seconds = this.#flows.limits.queueTimeoutMs / 1000;
    this.#flows.refuse("time-out");
    const message = `no request of user "${this.user}" ended within ${seconds} s to make room for this one, please try again later`;
    this.#finish(tooManyRequests(message, RETRY_AFTER_SECONDS));
  }

  end(reason: RequestOver): void {
    this.#finish(reason);
  }

  leave(): void {
    if (this.#state === "seated") this.#flows.giveBack(this.user, this.#seats);
    else if (this.#state === "parked") this.#flows.unpark(this.user);
    this.#state = "left";
    this.#finish(DONE);
  }

  #finish(reason: Error): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#reject?.(reason);
  }
}
