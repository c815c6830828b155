/** A replica that is a process of its own, `plexaubnet run`, killed and paused by signals. */
import type { FaultPlan } from "../../../src/testing/index.ts";
import { RunProcess } from "../../e2e/run-process.ts";
import type { Reign } from "./failover-plan.ts";
import { type Replica, type ReplicaState, WriteCount } from "./replica.ts";

/** Reports each status that an operator is about to write: no other client writes any. */
export class StatusWrites {
  readonly #listeners = new Set<() => void>();

  follow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell({ method, path }: Parameters<FaultPlan>[0]): void {
    if (method !== "PATCH" || !path.endsWith("/status")) return;
    for (const listener of this.#listeners) listener();
  }
}

export interface ReplicaProcessOptions {
  readonly name: string;
  readonly kubeconfig: string;
  readonly lease: { readonly namespace: string; readonly name: string };
  readonly writes: StatusWrites;
  readonly onBroken: (what: string) => void;
}

const LEADS = "This process is the leader";
const WAITS = "Another process is the leader";
/** Short, and still such that a process that is not paused keeps it on most machines. */
const LEASE = ["--lease-duration=2s", "--renew-deadline=1500ms", "--retry-period=200ms"];
const LEASE_LOST_CODE = 1;

export class ReplicaProcess implements Replica {
  readonly name: string;
  readonly served = undefined;
  readonly late = undefined;
  readonly isAskingForLease = false;
  hasAskedForLease = false;
  state: ReplicaState = "waiting";
  readonly #process: RunProcess;
  readonly #onBroken: (what: string) => void;
  readonly #writes = new WriteCount();
  readonly #settled = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #unfollow: () => void;

  constructor({ name, kubeconfig, lease, writes, onBroken }: ReplicaProcessOptions) {
    this.name = name;
    this.#onBroken = onBroken;
    this.#process = new RunProcess([
      `--kubeconfig=${kubeconfig}`,
      "--leader-elect",
      `--leader-election-namespace=${lease.namespace}`,
      `--leader-election-id=${lease.name}`,
      "--metrics-bind-address=0",
      ...LEASE,
    ]);
    this.#unfollow = writes.follow(() => this.#atWrite());
    this.#process.said(WAITS).then(
      () => {
        this.hasAskedForLease = true;
      },
      () => {},
    );
    this.#process.said(LEADS).then(
      () => this.#lead(),
      () => {},
    );
    void this.#process.ended.then((code) => this.#end(code));
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
    this.#retire();
    this.#process.signal("SIGKILL");
  }

  async wake(): Promise<void> {
    this.state = "woken";
    this.#process.signal("SIGCONT");
  }

  async stop(): Promise<void> {
    const wasLeading = this.state === "leading";
    this.#retire();
    this.#process.signal(wasLeading ? "SIGTERM" : "SIGKILL");
    const code = await this.#process.ended;
    // It may have lost the lease in this moment.
    if (wasLeading && code !== 0 && code !== LEASE_LOST_CODE)
      this.#onBroken(`${this.name} was asked to stop, and ended with ${code}: ${this.#process.stderr}`);
  }

  #atWrite(): void {
    if (this.state !== "leading") return;
    const reign = this.#writes.next();
    if (reign?.end === "kill") this.kill();
    if (reign?.end !== "pause") return;
    this.state = "paused";
    this.#process.signal("SIGSTOP");
    this.#over.resolve();
  }

  #lead(): void {
    if (this.state !== "waiting") return;
    this.state = "leading";
    this.#settled.resolve();
  }

  #end(code: number | null): void {
    if (this.state !== "ended" && code !== LEASE_LOST_CODE)
      this.#onBroken(`${this.name} ended with ${code}: ${this.#process.stderr}`);
    for (const line of this.#process.lines) {
      const text = JSON.stringify(line);
      if (line.level === "fatal" && !text.includes("LeadershipLostError")) this.#onBroken(text);
    }
    this.#retire();
  }

  #retire(): void {
    this.#unfollow();
    this.state = "ended";
    this.#settled.resolve();
    this.#over.resolve();
    this.#ended.resolve();
  }
}
