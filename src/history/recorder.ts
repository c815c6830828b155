/**
 * Keeps the record up to date: follows the API like any other client, and writes what it sees. Whatever
 * fails, it goes back to what is recorded and goes on from there, so that nothing depends on what this
 * process remembers. The operator never waits for it.
 */
import type { Logger } from "pino";
import type { LedgerTarget } from "../balancers/ledger/connection-string.ts";
import { LedgerError } from "../balancers/ledger/failure.ts";
import { ApiError, type KubeClient, UnreachableError } from "../client/index.ts";
import { backOffMs, counted, type Kernel, sleep } from "../kernel/index.ts";
import { Backlog, type Batch } from "./backlog.ts";
import { readClusterUid } from "./cluster-uid.ts";
import type { Checkpoint, ListEntry } from "./entry.ts";
import { follow } from "./follower.ts";
import { forecastPool, recordedCapacity, sinceFor } from "./forecasts.ts";
import { type History, openHistory } from "./history.ts";
import type { HistoryMetrics, PoolForecast } from "./metrics.ts";
import { type RecordOutcome, StaleListError } from "./record-entries.ts";

export interface RecorderOptions {
  readonly target: LedgerTarget;
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: HistoryMetrics;
  /** Default: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Whether this process is the one that writes. Asked before each transaction. Default: it is. */
  readonly mayWrite?: (() => boolean) | undefined;
  /** Changes that are kept while the database does not answer. Default 20,000. */
  readonly mostPending?: number;
  /** How long is waited for more changes before they are written. Default 200 ms. */
  readonly lingerMs?: number;
}

export interface Recorder {
  /** Writes what is pending, for a few seconds at most, and ends. */
  stop(): Promise<void>;
}

const MOST_PENDING = 20_000;
const BATCH = 500;
const LINGER_MS = 200;
const RETRY = { firstMs: 500, mostMs: 30_000 };
const STOP_LIMIT_MS = 5_000;
const FORECAST_EVERY_MS = 600_000;
/** A request whose change was not recorded by then was refused. */
const REQUESTS_KEPT_MS = 24 * 3_600_000;

export function startRecorder(options: RecorderOptions): Recorder {
  return new RunningRecorder(options);
}

class RunningRecorder implements Recorder {
  readonly #options: RecorderOptions;
  readonly #stopping = new AbortController();
  /** Ends what is under way, when it takes too long to stop. */
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;
  #failures = 0;
  #hasRecorded = false;
  #nextForecastMs = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the record was stopped"));
    const { clock } = this.#options.kernel;
    const isLate = new Promise<void>((resolve) =>
      this.#ending.signal.addEventListener("abort", () => resolve(), { once: true }),
    );
    const timer = clock.setTimer(STOP_LIMIT_MS, () => this.#ending.abort(new Error("it took too long")));
    await Promise.race([this.#done, isLate]);
    timer.cancel();
  }

  async #run(): Promise<void> {
    const { kernel, mayWrite = () => true } = this.#options;
    const signal = this.#stopping.signal;
    while (!signal.aborted) {
      try {
        if (mayWrite()) await this.#session(signal);
      } catch (error) {
        this.#report(error);
      }
      if (signal.aborted) return;
      const delayMs = backOffMs(Math.max(this.#failures - 1, 0), RETRY);
      await sleep(kernel.clock, delayMs * (0.5 + kernel.random.next() / 2), signal).catch(() => {});
    }
  }

  /** Once for each time that it stays away. */
  #report(error: unknown): void {
    const { logger, metrics } = this.#options;
    metrics.setUp(false);
    this.#failures++;
    if (error instanceof StaleListError) return;
    const isKnown = [LedgerError, ApiError, UnreachableError].some((known) => error instanceof known);
    const fields = isKnown ? { because: (error as Error).message } : { err: error };
    if (this.#failures === 1) logger.warn(fields, "The history is not recorded for now; it catches up later");
    else logger.debug(fields, "The history is still not recorded");
  }

  /** Until the signal aborts, the backlog is full, or something fails that a new session may cure. */
  async #session(signal: AbortSignal): Promise<void> {
    const { target, client, kernel, logger, namespaces = [] } = this.#options;
    const stream = await readClusterUid(client);
    const history = await openHistory({ target, kernel });
    const following = new AbortController();
    const isFull = () => following.abort(new Error("more changes are pending than are kept"));
    const backlog = new Backlog(this.#options.mostPending ?? MOST_PENDING, isFull);
    this.#options.metrics.watch(() => backlog.size);
    const stop = () => following.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    let followed: Promise<void> = Promise.resolve();
    let ended = () => {};
    try {
      const checkpoints = await history.checkpoints(stream);
      const since = new Date(kernel.clock.now() - REQUESTS_KEPT_MS).toISOString();
      await history.dropRequests(stream, since);
      const common = { client, kernel, logger, namespaces, checkpoints, backlog };
      followed = follow(common, following.signal);
      // It ends early when the backlog is full, and fails only where there is a bug: that ends the session.
      const failed = followed.then(() => new Promise<never>(() => {}));
      const session = { history, stream, backlog, reached: new Reached(checkpoints), isOver: false };
      ended = () => {
        session.isOver = true;
      };
      await Promise.race([this.#write(session, signal), failed]);
    } finally {
      signal.removeEventListener("abort", stop);
      ended();
      following.abort(new Error("this session is over"));
      await followed.catch(() => {});
      await history.close().catch(() => {});
    }
  }

  async #write(session: Session, signal: AbortSignal): Promise<void> {
    const { backlog } = session;
    const { kernel, lingerMs = LINGER_MS, logger } = this.#options;
    for (;;) {
      await backlog.untilSome(signal);
      // What comes soon after belongs together, and one transaction costs the disk as much as another.
      if (!signal.aborted) await sleep(kernel.clock, lingerMs, signal).catch(() => {});
      const batch = backlog.peek(BATCH);
      if (batch === undefined) {
        if (signal.aborted) return;
        if (backlog.isFull) break;
        continue;
      }
      if (!(await this.#writeBatch(session, batch))) return;
      await this.#forecast(session);
    }
    logger.info("More changes came than are kept at once; the history goes on with the rest");
  }

  /** Every few minutes: growth is a matter of days. */
  async #forecast({ history, stream }: Session): Promise<void> {
    const { kernel, metrics } = this.#options;
    if (kernel.clock.monotonicMs() < this.#nextForecastMs) return;
    this.#nextForecastMs = kernel.clock.monotonicMs() + FORECAST_EVERY_MS;
    const today = new Date(kernel.clock.now()).toISOString();
    const growth = await history.poolGrowth(stream, sinceFor(today));
    const found: PoolForecast[] = [];
    for (const facts of await history.objects(stream, "SubnetPool")) {
      const capacity = recordedCapacity(facts);
      const at = { namespace: facts.namespace, pool: facts.name };
      const seen = capacity === undefined ? undefined : forecastPool(growth, at, capacity, today);
      if (seen?.verdict !== "grows") continue;
      const { soonest, latest = Number.POSITIVE_INFINITY } = seen;
      found.push({ ...at, soonest, latest });
    }
    metrics.setForecasts(found);
  }

  /** Tries again while the database does not answer; whether it was written. */
  async #writeBatch(session: Session, batch: Batch): Promise<boolean> {
    const { backlog } = session;
    const { kernel, mayWrite = () => true } = this.#options;
    for (;;) {
      if (!mayWrite() || this.#ending.signal.aborted || session.isOver) return false;
      try {
        this.#succeeded(await carryOut(session, batch));
        backlog.drop("list" in batch ? batch.taken : batch.changes.length);
        return true;
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        this.#report(error);
        const delayMs = backOffMs(this.#failures - 1, RETRY);
        await sleep(kernel.clock, delayMs, this.#stopping.signal).catch(() => {});
        // What is not recorded is in the API still, for the next start.
        if (this.#stopping.signal.aborted) return false;
      }
    }
  }

  #succeeded({ rows, gaps, end }: RecordOutcome): void {
    const { logger, metrics } = this.#options;
    metrics.recorded(rows, gaps);
    metrics.setUp(true);
    // In the log, the end of the chain is where a hand in the database does not reach.
    if (!this.#hasRecorded) logger.info({ ...end }, "The history is recorded");
    else if (this.#failures > 0) logger.info({ ...end }, "The history is recorded again");
    this.#hasRecorded = true;
    this.#failures = 0;
    if (gaps > 0)
      logger.warn(
        { ...end },
        `The history has ${counted(gaps, "new gap")}: the API no longer has what happened`,
      );
  }
}

interface Session {
  readonly history: History;
  readonly stream: string;
  readonly backlog: Backlog;
  readonly reached: Reached;
  /** Whether it has ended, and its connections with it. */
  isOver: boolean;
}

/**
 * How far this session has recorded. A list is compared with the record only if nothing but this session has
 * written since the list was asked for: that of a process that was paused is older than what another one
 * recorded meanwhile.
 */
class Reached {
  readonly #checkpoints: Map<string, Checkpoint>;

  constructor(checkpoints: readonly Checkpoint[]) {
    this.#checkpoints = new Map(checkpoints.map((each) => [`${each.kind}/${each.scope}`, each]));
  }

  of({ kind, scope }: { readonly kind: string; readonly scope: string }): Checkpoint | undefined {
    return this.#checkpoints.get(`${kind}/${scope}`);
  }

  note({ kind, scope, revision, observedAt }: Omit<ListEntry, "objects">): void {
    this.#checkpoints.set(`${kind}/${scope}`, { kind, scope, revision, seenAt: observedAt });
  }
}

async function carryOut({ history, stream, reached }: Session, batch: Batch): Promise<RecordOutcome> {
  if ("list" in batch) {
    const outcome = await history.recordList(stream, batch.list, reached.of(batch.list));
    reached.note(batch.list);
    return outcome;
  }
  const outcome = await history.record(stream, inOrder(batch.changes));
  for (const entry of batch.changes) reached.note(entry);
  return outcome;
}

/** By revision: the watches of the kinds are not in step, and a claim explains its Subnet. */
function inOrder<T extends { readonly revision: string }>(entries: readonly T[]): T[] {
  const isLess = (a: string, b: string) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  return entries.toSorted((a, b) => isLess(a.revision, b.revision));
}
