/** The metrics at `/metrics`: the names of kube-apiserver, as far as they apply here. */
import { Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

export interface ObservedRequest {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly code: number;
  readonly durationSeconds: number;
}

export interface ServerMetrics {
  observe(request: ObservedRequest): void;
  /** A request was refused because there are too many. */
  rejected(reason: string): void;
  /** An answer that was begun, or a watch, was ended by the server. */
  cut(reason: string): void;
  /** The text exposition format. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface MetricSources {
  readonly storedObjects: () => ReadonlyMap<string, number>;
  readonly revision: () => number;
  readonly watchers: () => number;
  /** Whether no writes are taken, for now or for good. */
  readonly isReadOnly: () => boolean;
  /** Seats that are taken, and requests that wait for one. */
  readonly inFlight: () => number;
  readonly queued: () => number;
  readonly connections: () => number;
  readonly waitingBytes: () => number;
}

export function createMetrics(sources: MetricSources): ServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "apiserver_request_total",
    help: "Requests by verb, kind and code.",
    labelNames: ["verb", "group", "version", "resource", "code"],
    registers,
  });
  const durations = new Histogram({
    name: "apiserver_request_duration_seconds",
    help: "Time from the first byte of a request to the last of its answer. Watches are left out.",
    labelNames: ["verb", "group", "version", "resource"],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const objects = new Gauge({
    name: "apiserver_storage_objects",
    help: "Stored objects by kind.",
    labelNames: ["resource"],
    registers,
    collect() {
      this.reset();
      for (const [resource, count] of sources.storedObjects()) this.set({ resource }, count);
    },
  });
  addGauges(sources, registers);
  const { rejections, cuts } = overloadCounters(registers);
  void objects;
  return {
    rejected: (reason) => rejections.inc({ reason }),
    cut: (reason) => cuts.inc({ reason }),
    observe: ({ verb, group, version, resource, code, durationSeconds }) => {
      const labels = { verb, group, version, resource };
      requests.inc({ ...labels, code: String(code) });
      if (verb !== "watch") durations.observe(labels, durationSeconds);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function overloadCounters(registers: Registry[]) {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ["reason"], registers });
  return {
    rejections: counter(
      "apiserver_rejected_requests_total",
      "Requests that were refused because there were too many, by reason.",
    ),
    cuts: counter(
      "apiserver_cut_answers_total",
      "Answers and watches that the server ended before their time, by reason.",
    ),
  };
}

function addGauges(sources: MetricSources, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("apiserver_storage_revision", "The newest visible revision.", sources.revision);
  gauge("apiserver_storage_read_only", "1 while no writes are taken, on a full disk say; else 0.", () =>
    sources.isReadOnly() ? 1 : 0,
  );
  gauge("apiserver_longrunning_requests", "Watches that are open.", sources.watchers);
  gauge("apiserver_current_inflight_requests", "Seats taken by requests under way.", sources.inFlight);
  gauge("apiserver_current_inqueue_requests", "Requests that wait for a seat.", sources.queued);
  gauge("apiserver_open_connections", "Connections that are open.", sources.connections);
  gauge(
    "apiserver_watch_waiting_bytes",
    "Events that wait for slow watchers, in bytes.",
    sources.waitingBytes,
  );
}
