/**
 * Writes core/v1 Events (PX-08): in the background, correlated, from a bounded queue. Best effort: it never fails or
 * delays its caller, steps back while others have work to do, and drops events rather than growing.
 */
import { ApiError, type KubeClient, retryAfterOf } from "../client/index.ts";
import { backOffMs, defined, formatTime, type Kernel, sleep } from "../kernel/index.ts";
import { EVENTS, type KubeObject, type Resource } from "../kube/index.ts";
import { withDeadline } from "./deadline.ts";
import { type CorrelatedEvent, EventCorrelator, type EventCorrelatorLimits } from "./event-correlator.ts";
import type { EventNote } from "./flow.ts";
import type { Logger } from "./logger.ts";
import type { RuntimeMetrics } from "./metrics.ts";
import { Fifo } from "./queue/index.ts";

/** A core/v1 Event, as far as it is written here. */
export interface Event extends KubeObject {
  readonly involvedObject: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly source: { readonly component: string };
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

export const events = EVENTS as Resource as Resource<Event>;
export interface EventRecorderLimits extends EventCorrelatorLimits {
  /** Events that wait to be written; further ones are dropped. Default 10,000. */
  readonly queueLength?: number;
  /** How long `stop` waits for them. Default 5,000. */
  readonly drainMs?: number;
}

export interface EventRecorderOptions extends EventRecorderLimits {
  readonly client: Pick<KubeClient, "create" | "patch">;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics?: RuntimeMetrics;
  /** `source.component` of the events. */
  readonly component: string;
  /** Whether there is work that matters more: then events trickle, and what is left is written afterwards. */
  readonly isBusy?: () => boolean;
}

interface Pending {
  readonly note: EventNote;
  readonly event: CorrelatedEvent;
  readonly atMs: number;
}

interface Written {
  readonly namespace: string;
  readonly name: string;
}

const MAX_TRIES = 4;
const FIRST_RETRY_DELAY_MS = 1_000;
/** Between two events while others are busy: an Event costs the API as much as a decision. */
const BUSY_PAUSE_MS = 100;
/** What the API takes. */
const LONGEST_MESSAGE = 1024;
const LONGEST_NAME = 253;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlator: EventCorrelator;
  readonly #queueLength: number;
  readonly #queue = new Fifo<Pending>();
  /** Key of a correlated event → its object in the API. */
  readonly #written = new Map<string, Written>();
  readonly #abort = new AbortController();
  #writing: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  #serial = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new EventCorrelator(options);
    this.#queueLength = options.queueLength ?? 10_000;
  }

  emit(note: EventNote): void {
    const atMs = this.#options.kernel.clock.now();
    const full = this.#stopping.signal.aborted || this.#queue.length >= this.#queueLength;
    const event = full ? undefined : this.#correlator.correlate(note, atMs);
    if (event === undefined) {
      this.#drop();
      return;
    }
    this.#queue.push({ note, event, atMs });
    this.#writing ??= this.#writeAll();
  }

  /** Takes no more events; resolves when those that wait are written, or after `drainMs`. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const { kernel, drainMs = 5_000 } = this.#options;
    const timer = kernel.clock.setTimer(
      drainMs,
      () => this.#abort.abort(new Error("the event recorder was stopped")),
      true,
    );
    await this.#writing;
    timer.cancel();
  }

  #drop(): void {
    this.#options.metrics?.eventDropped();
  }

  async #writeAll(): Promise<void> {
    for (let pending = this.#queue.shift(); pending !== undefined; pending = this.#queue.shift()) {
      if (this.#abort.signal.aborted) this.#drop();
      else await this.#writeOne(pending);
      await this.#stepBack();
    }
    this.#writing = undefined;
  }

  async #stepBack(): Promise<void> {
    const { kernel, isBusy = () => false } = this.#options;
    const { signal } = this.#stopping;
    if (signal.aborted || this.#queue.length === 0 || !isBusy()) return;
    await sleep(kernel.clock, BUSY_PAUSE_MS, signal).catch(() => {});
  }

  async #writeOne(pending: Pending): Promise<void> {
    const { kernel, logger } = this.#options;
    for (let tries = 1; ; tries++) {
      let askedMs = 0;
      try {
        return await this.#send(pending);
      } catch (error) {
        const passes = !(error instanceof ApiError) || error.code >= 500 || error.code === 429;
        if (!passes || tries === MAX_TRIES || this.#abort.signal.aborted) {
          this.#drop();
          const { reason, regarding } = pending.note;
          logger.debug(
            { reason, name: regarding.metadata.name, err: error },
            "An event could not be recorded",
          );
          return;
        }
        askedMs = retryAfterOf(error);
      }
      const delayMs = Math.max(backOffMs(tries - 1, { firstMs: FIRST_RETRY_DELAY_MS }), askedMs);
      await sleep(kernel.clock, delayMs, this.#abort.signal).catch(() => {});
    }
  }

  async #send({ note, event, atMs }: Pending): Promise<void> {
    const { client, kernel } = this.#options;
    const what = `recording the event ${note.reason}`;
    const deadline = { clock: kernel.clock, limitMs: 10_000, what, parent: this.#abort.signal };
    await withDeadline(deadline, async (signal) => {
      const known = this.#written.get(event.key);
      if (event.count > 1 && known !== undefined) {
        const patch = {
          count: event.count,
          message: shorten(event.message),
          lastTimestamp: formatTime(atMs),
        };
        try {
          await client.patch(events, known, "merge", patch, { signal, retry: false });
          return;
        } catch (error) {
          // Events expire; then this one is a new one.
          if (!(error instanceof ApiError) || error.code !== 404) throw error;
        }
      }
      const created = this.#eventFor(note, event, atMs);
      await client.create(events, created, { signal, retry: false });
      this.#remember(event.key, { namespace: created.metadata.namespace ?? "", name: created.metadata.name });
    });
  }

  #remember(key: string, written: Written): void {
    this.#written.delete(key);
    this.#written.set(key, written);
    if (this.#written.size <= (this.#options.capacity ?? 4096)) return;
    for (const oldest of this.#written.keys()) {
      this.#written.delete(oldest);
      this.#correlator.forget(oldest);
      break;
    }
  }

  #eventFor(note: EventNote, event: CorrelatedEvent, atMs: number): Event {
    const { regarding, type, reason } = note;
    const { component } = this.#options;
    const { namespace, name, uid, resourceVersion } = regarding.metadata;
    // Unique for this object: the time, and a serial number for events of one millisecond.
    const suffix = `${atMs.toString(16)}${(this.#serial++ & 0xffff).toString(16).padStart(4, "0")}`;
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: { namespace: namespace ?? "default", name: nameFor(name, suffix) },
      involvedObject: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        ...defined({ namespace }),
        name,
        ...defined({ uid, resourceVersion }),
      },
      type,
      reason,
      message: shorten(event.message),
      count: event.count,
      firstTimestamp: formatTime(event.firstAtMs),
      lastTimestamp: formatTime(atMs),
      source: { component },
      reportingComponent: component,
      reportingInstance: "",
    };
  }
}

/** The name of the object, as far as it fits: an Event whose name is too long would be refused. */
function nameFor(object: string, suffix: string): string {
  const room = LONGEST_NAME - suffix.length - 1;
  return `${object.slice(0, room).replace(/[-.]+$/, "")}.${suffix}`;
}

function shorten(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`;
}
