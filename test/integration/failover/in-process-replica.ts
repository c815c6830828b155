/** A replica in this process: its client and its clock are what kills and pauses it. */
import type { KubeClient } from "../../../src/client/index.ts";
import type { Random } from "../../../src/kernel/index.ts";
import { type Operator, type OperatorOptions, startOperator } from "../../../src/operator/index.ts";
import { LeadershipLostError } from "../../../src/runtime/index.ts";
import type { Reign } from "./failover-plan.ts";
import { type Replica, type ReplicaState, WriteCount } from "./replica.ts";
import { ReplicaClient } from "./replica-client.ts";
import type { ReplicaClock, SharedTime } from "./replica-clock.ts";

export interface InProcessReplicaOptions {
  readonly name: string;
  readonly inner: KubeClient;
  readonly time: SharedTime;
  readonly random: Random;
  readonly operator: Omit<OperatorOptions, "client" | "kernel" | "onFatal">;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Called with what a replica did that no replica may do. */
  readonly onBroken: (what: string) => void;
}

export class InProcessReplica implements Replica {
  readonly name: string;
  served: Operator | undefined;
  late: (() => Promise<unknown>) | undefined;
  state: ReplicaState = "waiting";
  readonly #client: ReplicaClient;
  readonly #time: SharedTime;
  readonly #clock: ReplicaClock;
  readonly #onBroken: (what: string) => void;
  readonly #settled = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #writes = new WriteCount();
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: InProcessReplicaOptions) {
    const { name, inner, time, random, operator, lease } = options;
    this.name = name;
    this.#time = time;
    this.#clock = time.newClock();
    this.#onBroken = options.onBroken;
    this.#client = new ReplicaClient(inner, {
      onIntent: (what) => {
        if (this.state === "woken") this.#onBroken(`${name} woke up without the lease, and began to ${what}`);
      },
      onWrite: () => this.#writes.next(),
      onEnd: (reign) => this.#end(reign),
      onLate: (send) => {
        this.late = send;
      },
    });
    startOperator({
      ...operator,
      client: this.#client,
      kernel: { clock: this.#clock, random },
      leaderElection: { ...operator.leaderElection, ...lease, identity: name },
      onFatal: (error) => this.#fail(error),
    }).then(
      (started) => this.#lead(started),
      (error) => this.#fail(error),
    );
  }

  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get isAskingForLease(): boolean {
    return this.#client.isAskingForLease;
  }

  get hasAskedForLease(): boolean {
    return this.#client.hasAskedForLease;
  }

  arm(reign: Reign): void {
    this.#writes.arm(reign);
  }

  spare(): boolean {
    return this.#writes.spare();
  }

  untilWrites(count: number): Promise<void> {
    return this.#writes.until(count);
  }

  kill(): void {
    this.#client.cut();
    this.#retire();
  }

  #pause(): void {
    this.state = "paused";
    this.#client.pause();
    this.#clock.halt();
    this.#over.resolve();
  }

  async wake(first: Reign["wakesWith"]): Promise<void> {
    this.state = "woken";
    if (first === "requests") this.#client.resume();
    else this.#clock.resume();
    await new Promise((resolve) => setImmediate(resolve));
    this.#client.resume();
    this.#clock.resume();
  }

  async stop(): Promise<void> {
    if (this.served === undefined || this.state !== "leading") this.kill();
    else this.#retire();
    await this.#stopping;
  }

  #end(reign: Reign): void {
    if (this.state !== "leading") return;
    if (reign.end === "kill") this.kill();
    else this.#pause();
  }

  #lead(operator: Operator): void {
    this.served = operator;
    if (this.state !== "waiting") {
      this.#stopping = operator.stop();
      return;
    }
    this.state = "leading";
    this.#settled.resolve();
  }

  #fail(error: unknown): void {
    if (this.state === "ended") return;
    if (!(error instanceof LeadershipLostError)) this.#onBroken(`${this.name} ended by itself: ${error}`);
    this.kill();
  }

  /** One that waits for the lease cannot be asked to stop: its clock stands still for ever. */
  #retire(): void {
    if (this.state === "ended") return;
    this.state = "ended";
    if (this.served === undefined) this.#clock.halt();
    else this.#stopping = this.served.stop();
    this.#time.forget(this.#clock);
    this.#settled.resolve();
    this.#over.resolve();
    this.#ended.resolve();
  }
}
