/**
 * One leader among the replicas, by a `coordination.k8s.io/v1` Lease.
 *
 * What it guarantees:
 *
 * 1. Another replica takes the lease only after it has seen it unrenewed for `leaseDurationMs`, on its own clock: clocks
 *    of different machines are never compared.
 * 2. The holder counts from the moment at which it *sent* its last successful renewal, and stops being the leader
 *    `renewDeadlineMs` later. As that is less than `leaseDurationMs`, it has stopped before another can start.
 * 3. {@link LeaderElector.isLeader} reads the clock, not a flag: a process that was paused is not the leader when
 *    it wakes up, whichever of its timers runs first.
 */
import { ApiError, type KubeClient } from "../client/index.ts";
import { formatMicroTime, type Kernel, sleep, type Timer } from "../kernel/index.ts";
import { type KubeObject, LEASES, type Resource } from "../kube/index.ts";
import { withDeadline } from "./deadline.ts";
import { type Logger, reasonOf } from "./logger.ts";

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export interface LeaseSpec {
  /** Empty or absent: the lease has no holder. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** RFC 3339 with microseconds. */
  readonly acquireTime?: string;
  readonly renewTime?: string;
  /** How often the lease passed to another holder. */
  readonly leaseTransitions?: number;
}

export const leases = LEASES as Resource<Lease>;
export interface LeaderElectionOptions {
  /** Where the Lease lies. */
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process: `hostname_uuid`, say. */
  readonly identity: string;
  /** How long others wait for a renewal before they take over. Default 15,000. */
  readonly leaseDurationMs?: number;
  /** How long the holder goes on without a renewal. Default 10,000. */
  readonly renewDeadlineMs?: number;
  /** Between two tries. Default 2,000. */
  readonly retryPeriodMs?: number;
  /** Gives the lease back on `stop`, so that another takes over at once. Default true. */
  readonly releaseOnStop?: boolean;
}

export interface LeaderElectorOptions extends LeaderElectionOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "update">;
  readonly kernel: Kernel;
  readonly logger: Logger;
  /** Called once, at the moment from which this process must not act as the leader any more. */
  readonly onLost: () => void;
  /** Called on each change; shown by `leader_election_master_status`. */
  readonly onStatus?: (isLeader: boolean) => void;
}

/** Those who wait try after one to this many retry periods more, so that they do not all try at once. */
export const LEASE_JITTER_FACTOR = 1.2;

/** A state of the lease, and when this process first saw it on its own clock. */
interface Observed {
  readonly lease: Lease;
  readonly atMs: number;
}

type Try = "holding" | "held-by-another";

/** Milliseconds. */
export interface LeaseTimes {
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

/**
 * Which of the times breaks the rules, as client-go has them: a leader must have stopped before another may begin, and have
 * tried more than once to stay.
 */
export function leaseFault(times: LeaseTimes): "lease-duration" | "renew-deadline" | undefined {
  if (!(times.leaseDurationMs > times.renewDeadlineMs)) return "lease-duration";
  const isTriedAgain = times.renewDeadlineMs > times.retryPeriodMs * LEASE_JITTER_FACTOR;
  return isTriedAgain && times.retryPeriodMs > 0 ? undefined : "renew-deadline";
}

export class LeaderElector {
  readonly #options: LeaderElectorOptions & Required<LeaderElectionOptions>;
  readonly #kernel: Kernel;
  readonly #stop = new AbortController();
  #observed: Observed | undefined;
  #reportedHolder: string | undefined;
  /** When the request that last made or kept this process the holder was sent. Undefined: not the leader. */
  #renewedAtMs: number | undefined;
  #lossTimer: Timer | undefined;
  #renewing: Promise<void> = Promise.resolve();

  constructor(options: LeaderElectorOptions) {
    this.#options = {
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      releaseOnStop: true,
      ...options,
    };
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, identity, name } = this.#options;
    if (leaseFault(this.#options) !== undefined) {
      throw new RangeError(
        `leader election: the lease duration (${leaseDurationMs} ms) must exceed the renew deadline (${renewDeadlineMs} ms), and that ${LEASE_JITTER_FACTOR} times the retry period (${retryPeriodMs} ms)`,
      );
    }
    if (identity === "" || name === "")
      throw new RangeError("leader election needs an identity and a Lease name");
    this.#kernel = options.kernel;
  }

  /** Whether this process may act as the leader, now. */
  isLeader(): boolean {
    const { clock } = this.#kernel;
    return (
      this.#renewedAtMs !== undefined &&
      clock.monotonicMs() - this.#renewedAtMs < this.#options.renewDeadlineMs
    );
  }

  /** Holder of the lease as last seen. Empty: none. */
  get holder(): string {
    return this.#observed?.lease.spec?.holderIdentity ?? "";
  }

  /** Resolves once this process is the leader; from then on it renews. Rejects when the signal aborts or on `stop`. */
  async acquire(signal?: AbortSignal): Promise<void> {
    const stopped = this.#stop.signal;
    const both = signal === undefined ? stopped : AbortSignal.any([signal, stopped]);
    const { retryPeriodMs, logger, identity, name, onStatus } = this.#options;
    onStatus?.(false);
    while ((await this.#try(both)) !== "holding") {
      await sleep(
        this.#kernel.clock,
        retryPeriodMs * (1 + LEASE_JITTER_FACTOR * this.#kernel.random.next()),
        both,
      );
    }
    logger.info({ identity, lease: name }, "This process is the leader");
    onStatus?.(true);
    this.#renewing = this.#renew(stopped);
  }

  /** Ends renewing, and gives the lease back if this process holds it. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("leader election was stopped"));
    await this.#renewing;
    const held = this.isLeader();
    this.#resign();
    if (held && this.#options.releaseOnStop) await this.#release();
  }

  async #renew(signal: AbortSignal): Promise<void> {
    while (this.#renewedAtMs !== undefined) {
      try {
        await sleep(this.#kernel.clock, this.#options.retryPeriodMs, signal);
      } catch {
        return;
      }
      if (this.#renewedAtMs === undefined) return;
      const outcome = await this.#try(signal);
      if (outcome === "held-by-another") this.#lose();
    }
  }

  /** One attempt to take or keep the lease. Undefined: the API did not let it be known. */
  async #try(signal: AbortSignal): Promise<Try | undefined> {
    const { logger, name, renewDeadlineMs } = this.#options;
    const what = `renewing the lease ${name}`;
    const deadline = { clock: this.#kernel.clock, limitMs: renewDeadlineMs, what, parent: signal };
    try {
      return await withDeadline(deadline, (bounded) => this.#takeOrRenew(bounded));
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) {
        // Another process wrote it in between. Read it next time.
        this.#observed = undefined;
        return undefined;
      }
      if (!signal.aborted) {
        logger.warn(
          { lease: name, error: reasonOf(error) },
          "Could not acquire or renew the lease; retrying",
        );
        logger.debug({ lease: name, err: error }, "Details of the failed attempt");
      }
      return undefined;
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<Try> {
    const { client, namespace, name, identity } = this.#options;
    const known = this.#renewedAtMs === undefined ? undefined : this.#observed?.lease;
    const current = known ?? (await this.#read(signal));
    const sentAtMs = this.#kernel.clock.monotonicMs();
    if (current === undefined) {
      const metadata = { namespace, name };
      const fresh: Lease = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata,
        spec: this.#specAfter({}),
      };
      this.#hold(await client.create(leases, fresh, { signal, retry: false }), sentAtMs);
      return "holding";
    }
    const spec = current.spec ?? {};
    const { holderIdentity: holder = "" } = spec;
    if (holder !== "" && holder !== identity && this.#isValid(spec)) {
      this.#reportHolder(holder);
      return "held-by-another";
    }
    const once = { signal, retry: false };
    const updated = await client.update(leases, { ...current, spec: this.#specAfter(spec) }, once);
    this.#hold(updated, sentAtMs);
    return "holding";
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    let lease: Lease;
    try {
      lease = await client.get(leases, { namespace, name }, { signal, retry: false });
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
    const before = this.#observed?.lease.spec;
    if (before === undefined || JSON.stringify(before) !== JSON.stringify(lease.spec)) {
      this.#observed = { lease, atMs: this.#kernel.clock.monotonicMs() };
    } else if (this.#observed !== undefined) this.#observed = { ...this.#observed, lease };
    return lease;
  }

  /** Whether its holder may still believe to hold it, by how long ago this process saw it change. */
  #isValid(spec: LeaseSpec): boolean {
    const { leaseDurationMs } = this.#options;
    const durationMs =
      spec.leaseDurationSeconds === undefined ? leaseDurationMs : spec.leaseDurationSeconds * 1000;
    const seenAtMs = this.#observed?.atMs ?? this.#kernel.clock.monotonicMs();
    return this.#kernel.clock.monotonicMs() - seenAtMs < durationMs;
  }

  #specAfter(before: LeaseSpec): LeaseSpec {
    const { identity, leaseDurationMs } = this.#options;
    const now = formatMicroTime(this.#kernel.clock.now());
    const renewing = before.holderIdentity === identity;
    const transitions = before.leaseTransitions ?? 0;
    const isFirst = before.holderIdentity === undefined;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: renewing ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: renewing || isFirst ? transitions : transitions + 1,
    };
  }

  #hold(lease: Lease, sentAtMs: number): void {
    const { clock } = this.#kernel;
    this.#observed = { lease, atMs: clock.monotonicMs() };
    this.#renewedAtMs = sentAtMs;
    this.#reportedHolder = undefined;
    this.#lossTimer?.cancel();
    const leftMs = sentAtMs + this.#options.renewDeadlineMs - clock.monotonicMs();
    this.#lossTimer = clock.setTimer(leftMs, () => this.#lose());
  }

  #reportHolder(holder: string): void {
    if (holder === this.#reportedHolder) return;
    this.#reportedHolder = holder;
    this.#options.logger.info({ holder, lease: this.#options.name }, "Another process is the leader");
  }

  #lose(): void {
    if (this.#renewedAtMs === undefined) return;
    this.#resign();
    this.#options.logger.error({ lease: this.#options.name }, "This process is no longer the leader");
    this.#options.onLost();
  }

  #resign(): void {
    const was = this.#renewedAtMs !== undefined;
    this.#lossTimer?.cancel();
    this.#renewedAtMs = undefined;
    if (was) this.#options.onStatus?.(false);
  }

  async #release(): Promise<void> {
    const { name, logger, renewDeadlineMs } = this.#options;
    const what = `releasing the lease ${name}`;
    try {
      await withDeadline({ clock: this.#kernel.clock, limitMs: renewDeadlineMs, what }, (signal) =>
        this.#giveBack(signal),
      );
      logger.info({ lease: name }, "The lease was released");
    } catch (error) {
      logger.warn({ lease: name, error: reasonOf(error) }, "Could not release the lease; it will expire");
    }
  }

  async #giveBack(signal: AbortSignal): Promise<void> {
    const { client, identity } = this.#options;
    const send = (lease: Lease) => {
      const renewTime = formatMicroTime(this.#kernel.clock.now());
      const spec: LeaseSpec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime };
      return client.update(leases, { ...lease, spec }, { signal });
    };
    const known = this.#observed?.lease ?? (await this.#read(signal));
    if (known === undefined) return;
    try {
      await send(known);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 409) throw error;
      // A renewal that was under way at the end may have come through after all.
      const live = await this.#read(signal);
      if (live?.spec?.holderIdentity === identity) await send(live);
    }
  }
}
