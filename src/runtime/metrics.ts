/**
 * The metrics that users of controller-runtime and client-go know, under the names that their dashboards ask for, in a
 * registry of our own. Times in seconds, as Prometheus requires.
 */
import { Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";
import type { QueueObserver, WorkQueue } from "./queue/index.ts";

export type ReconcileResultLabel = "success" | "requeue" | "requeue_after" | "error";

/** What one controller reports. Times are in milliseconds. */
export interface ControllerMetrics {
  readonly queue: QueueObserver;
  started(): void;
  finished(result: ReconcileResultLabel, durationMs: number): void;
  /** A reconcile threw, as opposed to a write that failed. */
  panicked(): void;
  /** A decision was made again because of a write conflict. */
  conflicted(): void;
}

/** One request to the API, as the client's `onRequest` reports it. */
export interface RequestObservation {
  /** HTTP status, or `<error>` when there was no answer. */
  readonly code: number | "<error>";
  readonly method: string;
}

export class RuntimeMetrics {
  readonly registry: Registry;
  readonly #queues = new Map<string, WorkQueue>();
  readonly #reconcile: ReconcileFamilies;
  readonly #queue: QueueFamilies;
  readonly #requests: Counter<"code" | "method">;
  readonly #leader: Gauge<"name">;
  readonly #eventsDropped: Counter;
  #readLimit: () => number = () => 0;

  constructor(registry: Registry = new Registry()) {
    const registers = [registry];
    this.registry = registry;
    this.#reconcile = reconcileFamilies(registers);
    this.#queue = queueFamilies(registers, this.#queues);
    this.#requests = new Counter({
      name: "rest_client_requests_total",
      help: "Number of HTTP requests to the API server, by status code and method",
      labelNames: ["code", "method"],
      registers,
    });
    const readLimit = () => this.#readLimit();
    new Gauge({
      name: "controller_runtime_concurrency_limit",
      help: "Number of concurrent reconciliations per controller that the latency of the API server currently allows",
      registers,
      collect() {
        this.set(readLimit());
      },
    });
    this.#leader = new Gauge({
      name: "leader_election_master_status",
      help: "Whether this process is the leader: 1 if it is, 0 if it is a backup",
      labelNames: ["name"],
      registers,
    });
    this.#eventsDropped = new Counter({
      name: "event_recorder_dropped_total",
      help: "Number of Kubernetes Events that were dropped: too many of them, or the API server did not accept them",
      registers,
    });
  }

  /**
   * The metrics of one controller and its queue. Series that are 0 exist from the start, so that a rate over them has
   * a beginning.
   */
  forController(name: string, concurrency: number): ControllerMetrics {
    const families = this.#reconcile;
    const labels = { controller: name };
    const active = families.active.labels(labels);
    const durations = families.durations.labels(labels);
    families.maxConcurrent.set(labels, concurrency);
    active.set(0);
    for (const result of ["success", "requeue", "requeue_after", "error"]) {
      families.total.inc({ ...labels, result }, 0);
    }
    for (const counter of [families.errors, families.panics, families.conflicts]) counter.inc(labels, 0);
    return {
      queue: this.#queueObserver(name),
      started: () => active.inc(),
      finished: (result, durationMs) => {
        active.dec();
        durations.observe(durationMs / 1000);
        families.total.inc({ ...labels, result });
        if (result === "error") families.errors.inc(labels);
      },
      panicked: () => families.panics.inc(labels),
      conflicted: () => families.conflicts.inc(labels),
    };
  }

  /** Lets the gauges of `name` show this queue. */
  watchQueue(name: string, queue: WorkQueue): void {
    this.#queues.set(name, queue);
  }

  /** Fits the client's `onRequest`. */
  readonly observeRequest = ({ code, method }: RequestObservation): void => {
    this.#requests.inc({ code: String(code), method });
  };

  /** Lets the gauge of the current limit show what `read` returns. */
  watchLimit(read: () => number): void {
    this.#readLimit = read;
  }

  setLeader(name: string, isLeader: boolean): void {
    this.#leader.set({ name }, isLeader ? 1 : 0);
  }

  eventDropped(): void {
    this.#eventsDropped.inc();
  }

  #queueObserver(name: string): QueueObserver {
    const adds = this.#queue.adds.labels({ name });
    const retries = this.#queue.retries.labels({ name });
    const waits = this.#queue.waits.labels({ name });
    const work = this.#queue.work.labels({ name });
    adds.inc(0);
    retries.inc(0);
    return {
      added: () => adds.inc(),
      retried: () => retries.inc(),
      taken: (waitedMs) => waits.observe(waitedMs / 1000),
      finished: (workedMs) => work.observe(workedMs / 1000),
    };
  }
}

type ReconcileFamilies = ReturnType<typeof reconcileFamilies>;

function reconcileFamilies(registers: Registry[]) {
  const labelled = { labelNames: ["controller"] as const, registers };
  const counter = (name: string, help: string) => new Counter<"controller">({ name, help, ...labelled });
  return {
    total: new Counter({
      name: "controller_runtime_reconcile_total",
      help: "Total number of reconciliations per controller, by result",
      labelNames: ["controller", "result"],
      registers,
    }),
    errors: counter(
      "controller_runtime_reconcile_errors_total",
      "Total number of failed reconciliations per controller",
    ),
    panics: counter(
      "controller_runtime_reconcile_panics_total",
      "Total number of reconciliations per controller that threw an exception",
    ),
    conflicts: counter(
      "controller_runtime_reconcile_conflicts_total",
      "Total number of reconciliations per controller that were retried because of a write conflict",
    ),
    durations: new Histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "Duration of a reconciliation per controller, including its writes",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90],
      ...labelled,
    }),
    active: new Gauge({
      name: "controller_runtime_active_workers",
      help: "Number of workers per controller that are reconciling",
      ...labelled,
    }),
    maxConcurrent: new Gauge({
      name: "controller_runtime_max_concurrent_reconciles",
      help: "Maximum number of concurrent reconciliations per controller",
      ...labelled,
    }),
  };
}

type QueueFamilies = ReturnType<typeof queueFamilies>;

function queueFamilies(registers: Registry[], queues: ReadonlyMap<string, WorkQueue>) {
  const labelled = { labelNames: ["name"] as const, registers };
  // client-go's buckets: powers of ten from 10 ns to 1000 s.
  const timed = { ...labelled, buckets: [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000] };
  /** Shows the current state of a queue; read on each scrape. */
  const gauge = (name: string, help: string, read: (queue: WorkQueue) => number) =>
    new Gauge<"name">({
      name,
      help,
      ...labelled,
      collect() {
        for (const [queueName, queue] of queues) this.set({ name: queueName }, read(queue));
      },
    });
  gauge(
    "workqueue_depth",
    "Current number of keys in the queue that wait for a worker",
    (queue) => queue.length,
  );
  gauge(
    "workqueue_unfinished_work_seconds",
    "Total time that the keys in progress have been processed so far",
    (queue) => queue.processingForMs().reduce((sum, ms) => sum + ms, 0) / 1000,
  );
  gauge(
    "workqueue_longest_running_processor_seconds",
    "Time that the longest-running key in progress has been processed so far",
    (queue) => Math.max(0, ...queue.processingForMs()) / 1000,
  );
  return {
    adds: new Counter({
      name: "workqueue_adds_total",
      help: "Total number of keys added to the queue",
      ...labelled,
    }),
    retries: new Counter({
      name: "workqueue_retries_total",
      help: "Total number of keys added with rate limiting after a failure",
      ...labelled,
    }),
    waits: new Histogram({
      name: "workqueue_queue_duration_seconds",
      help: "Time that a key waits in the queue before a worker takes it",
      ...timed,
    }),
    work: new Histogram({
      name: "workqueue_work_duration_seconds",
      help: "Time that a worker processes a key",
      ...timed,
    }),
  };
}
