/**
 * Two replicas of the operator under leader election, of which the leader is killed or paused again and
 * again, as a plan decides. No step waits for a lease to run out: while no replica leads, time passes for the
 * replicas.
 */
import { type Random, sleep, systemClock } from "../../../src/kernel/index.ts";
import type { FailoverPlan, Reign } from "./failover-plan.ts";
import type { Replica } from "./replica.ts";

export interface ReplicaSetOptions {
  readonly start: (name: string, random: Random, onBroken: (what: string) => void) => Replica;
  /** Called while no replica leads, and none has a request for the lease under way. */
  readonly passTime: () => void;
}

/** A next leader that writes nothing for so long has nothing to do. */
const IDLE_MS = 100;
const WAKE_LIMIT_MS = 15_000;
const LOOK_AGAIN_MS = 5;
const MOST_BROKEN = 10;

export class ReplicaSet {
  /** What a replica did that none may do. */
  readonly broken: string[] = [];
  readonly #options: ReplicaSetOptions;
  readonly #plan: FailoverPlan;
  #replicas: Replica[] = [];
  #started = 0;
  #calm = Promise.withResolvers<void>();
  #isCalm = false;
  #driving: Promise<void> = Promise.resolve();

  private constructor(plan: FailoverPlan, options: ReplicaSetOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  /** Resolves when one of them leads. */
  static async start(plan: FailoverPlan, options: ReplicaSetOptions): Promise<ReplicaSet> {
    const set = new ReplicaSet(plan, options);
    set.#startReplica();
    set.#startReplica();
    await set.#leader();
    set.goOn();
    return set;
  }

  get #leading(): Replica | undefined {
    return this.#replicas.find(({ state }) => state === "leading");
  }

  get endpointsUrl(): string | undefined {
    return this.#leading?.served?.endpointsUrl;
  }

  get webhookUrl(): string | undefined {
    return this.#leading?.served?.webhookUrl;
  }

  /**
   * Until `goOn` no replica is killed or paused. Resolves when one leads, and the other waits for the lease.
   */
  async calm(): Promise<void> {
    this.#isCalm = true;
    this.#calm.resolve();
    await this.#driving;
    await this.#leader();
    while (!this.#replicas.every(({ state, hasAskedForLease }) => state === "leading" || hasAskedForLease))
      await sleep(systemClock, LOOK_AGAIN_MS);
  }

  goOn(): void {
    this.#isCalm = false;
    this.#calm = Promise.withResolvers();
    this.#driving = this.#drive();
  }

  async stop(): Promise<void> {
    await this.calm();
    await Promise.all(this.#replicas.map((replica) => replica.stop()));
  }

  async #drive(): Promise<void> {
    while (!this.#isCalm) {
      const leader = await this.#leader();
      const reign = this.#plan.next();
      leader.arm(reign);
      await Promise.race([leader.over, this.#calm.promise]);
      if (this.#isCalm && leader.spare()) return;
      await leader.over;
      this.#plan.trace(`${leader.name}: ${JSON.stringify({ ...reign, became: leader.state })}`);
      if (leader.state === "paused") await this.#wakeLate(leader, reign);
      else await this.#replace(leader, reign);
    }
  }

  async #replace(killed: Replica, reign: Reign): Promise<void> {
    this.#replicas = this.#replicas.filter((replica) => replica !== killed);
    this.#startReplica();
    if (killed.late === undefined) return;
    await this.#nextIsAtWork(reign);
    await killed.late().catch(() => {});
  }

  async #wakeLate(paused: Replica, reign: Reign): Promise<void> {
    await this.#nextIsAtWork(reign);
    await paused.wake(reign.wakesWith);
    const limit = sleep(systemClock, WAKE_LIMIT_MS).then(() => "late");
    if ((await Promise.race([paused.ended, limit])) === "late") {
      this.broken.push(`${paused.name} woke up without the lease, and goes on`);
      paused.kill();
    }
    this.#replicas = this.#replicas.filter((replica) => replica !== paused);
    this.#startReplica();
  }

  async #nextIsAtWork({ returnsAfterWrites }: Reign): Promise<void> {
    const next = await this.#leader();
    await Promise.race([next.untilWrites(returnsAfterWrites), next.over, sleep(systemClock, IDLE_MS)]);
  }

  /** The leader. Time passes until a replica does. */
  async #leader(): Promise<Replica> {
    for (;;) {
      const leading = this.#leading;
      if (leading !== undefined) return leading;
      if (this.broken.length > MOST_BROKEN)
        throw new Error(`Too much goes wrong to go on: ${this.broken.join("; ")}`);
      for (const replica of this.#replicas.filter(({ state }) => state === "ended")) {
        this.#replicas = this.#replicas.filter((other) => other !== replica);
        this.#startReplica();
      }
      const waiting = this.#replicas.filter(({ state }) => state === "waiting");
      // In the middle of a request for the lease, the time that passes would count as spent on that.
      const isAsking = waiting.some(({ isAskingForLease }) => isAskingForLease);
      if (!isAsking && waiting.some(({ hasAskedForLease }) => hasAskedForLease)) this.#options.passTime();
      await Promise.race([sleep(systemClock, LOOK_AGAIN_MS), ...waiting.map(({ settled }) => settled)]);
    }
  }

  #startReplica(): void {
    const name = `${this.#plan.name}-${this.#started++}`;
    const onBroken = (what: string) => this.broken.push(what);
    this.#replicas.push(this.#options.start(name, this.#plan.newRandom(), onBroken));
  }
}
