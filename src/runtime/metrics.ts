/**
 * The metrics that users of controller-runtime and client-go know, under the names that their dashboards ask for, in a
 * registry of our own. Times in seconds, as Prometheus wants them.
 */
import { Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";
import type { QueueObserver, WorkQueue } from "./queue/index.ts";

export type ReconcileResultLabel = "success" | "requeue" | "requeue_after" | "error";

/** Powers of ten from 10 ns to 1000 s: client-go's buckets for its queues. */
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];
const RECONCILE_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90,
];

/** What one controller reports. */
export interface ControllerMetrics {
  readonly queue: QueueObserver;
  started(): void;
  finished(result: ReconcileResultLabel, durationMs: number): void;
  /** A reconcile threw, as opposed to a write that failed. */
  panicked(): void;
  conflicted(): void;
}

export class RuntimeMetrics {
  readonly registry: Registry;
  readonly #queues = new Map<string, WorkQueue>();
  readonly #reconciles: Counter<"controller" | "result">;
  readonly #errors: Counter<"controller">;
  readonly #panics: Counter<"controller">;
  readonly #conflicts: Counter<"controller">;
  readonly #durations: Histogram<"controller">;
  readonly #active: Gauge<"controller">;
  readonly #maxConcurrent: Gauge<"controller">;
  readonly #adds: Counter<"name">;
  readonly #retries: Counter<"name">;
  readonly #waits: Histogram<"name">;
  readonly #work: Histogram<"name">;
  readonly #requests: Counter<"code" | "method" | "host">;
  readonly #leader: Gauge<"name">;
  readonly #eventsDropped: Counter;

  constructor(registry: Registry = new Registry()) {
    this.registry = registry;
    const registers = [registry];
    const controller = { labelNames: ["controller"] as const, registers };
    const queue = { labelNames: ["name"] as const, registers };
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Counter<L>({ name, help, labelNames, registers });

    this.#reconciles = counter("controller_runtime_reconcile_total", "Reconciles by how they ended", [
      "controller",
      "result",
    ]);
    this.#errors = counter("controller_runtime_reconcile_errors_total", "Reconciles that failed", [
      "controller",
    ]);
    this.#panics = counter("controller_runtime_reconcile_panics_total", "Reconciles that threw", [
      "controller",
    ]);
    this.#conflicts = counter(
      "controller_runtime_reconcile_conflicts_total",
      "Decisions made anew because a write met a newer state",
      ["controller"],
    );
    this.#durations = new Histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "Length of a reconcile, its writes included",
      buckets: RECONCILE_BUCKETS,
      ...controller,
    });
    this.#active = new Gauge({
      name: "controller_runtime_active_workers",
      help: "Workers that reconcile now",
      ...controller,
    });
    this.#maxConcurrent = new Gauge({
      name: "controller_runtime_max_concurrent_reconciles",
      help: "Most workers that may reconcile at once",
      ...controller,
    });
    this.#adds = counter("workqueue_adds_total", "Keys added to the queue", ["name"]);
    this.#retries = counter("workqueue_retries_total", "Keys added to the queue rate-limited", ["name"]);
    this.#waits = new Histogram({
      name: "workqueue_queue_duration_seconds",
      help: "How long a key waits for a worker",
      buckets: QUEUE_BUCKETS,
      ...queue,
    });
    this.#work = new Histogram({
      name: "workqueue_work_duration_seconds",
      help: "How long a key stays with a worker",
      buckets: QUEUE_BUCKETS,
      ...queue,
    });
    this.#requests = counter("rest_client_requests_total", "Requests to the API by status code and method", [
      "code",
      "method",
      "host",
    ]);
    this.#leader = new Gauge({
      name: "leader_election_master_status",
      help: "1 while this process is the leader",
      ...queue,
    });
    this.#eventsDropped = counter("event_recorder_dropped_total", "Events that were not sent", []);
    this.#addQueueGauges();
  }

  /** Values that a queue knows at any moment, read when somebody asks. */
  #addQueueGauges(): void {
    const gauge = (name: string, help: string, read: (queue: WorkQueue) => number) => {
      const queues = this.#queues;
      new Gauge({
        name,
        help,
        labelNames: ["name"],
        registers: [this.registry],
        collect() {
          for (const [queueName, queue] of queues) this.set({ name: queueName }, read(queue));
        },
      });
    };
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    gauge("workqueue_depth", "Keys that wait for a worker", (queue) => queue.length);
    gauge(
      "workqueue_unfinished_work_seconds",
      "How long the keys that are with a worker have been there, together",
      (queue) => sum(queue.processingForMs()) / 1000,
    );
    gauge(
      "workqueue_longest_running_processor_seconds",
      "How long the key that is with a worker for longest has been there",
      (queue) => Math.max(0, ...queue.processingForMs()) / 1000,
    );
  }

  /** Adds the gauges of a queue under the name of its controller. */
  watchQueue(name: string, queue: WorkQueue): void {
    this.#queues.set(name, queue);
  }

  forController(name: string, concurrency: number): ControllerMetrics {
    const labels = { controller: name };
    const active = this.#active.labels(labels);
    const durations = this.#durations.labels(labels);
    const [adds, retries] = [this.#adds.labels({ name }), this.#retries.labels({ name })];
    const [waits, work] = [this.#waits.labels({ name }), this.#work.labels({ name })];
    this.#maxConcurrent.set(labels, concurrency);
    // Series that are 0 exist from the start, so that a rate over them has a beginning.
    active.set(0);
    adds.inc(0);
    retries.inc(0);
    for (const result of ["success", "requeue", "requeue_after", "error"]) {
      this.#reconciles.inc({ ...labels, result }, 0);
    }
    for (const counter of [this.#errors, this.#panics, this.#conflicts]) counter.inc(labels, 0);
    return {
      queue: {
        added: () => adds.inc(),
        retried: () => retries.inc(),
        taken: (waitedMs) => waits.observe(waitedMs / 1000),
        finished: (workedMs) => work.observe(workedMs / 1000),
      },
      started: () => active.inc(),
      finished: (result, durationMs) => {
        active.dec();
        durations.observe(durationMs / 1000);
        this.#reconciles.inc({ ...labels, result });
        if (result === "error") this.#errors.inc(labels);
      },
      panicked: () => this.#panics.inc(labels),
      conflicted: () => this.#conflicts.inc(labels),
    };
  }

  /** One request that a client made. `code` is the HTTP status, or `<error>` when there was no answer. */
  observeRequest(request: {
    readonly code: number | "<error>";
    readonly method: string;
    readonly host?: string;
  }): void {
    const { code, method, host = "" } = request;
    this.#requests.inc({ code: String(code), method, host });
  }

  setLeader(name: string, isLeader: boolean): void {
    this.#leader.set({ name }, isLeader ? 1 : 0);
  }

  eventDropped(): void {
    this.#eventsDropped.inc();
  }
}
