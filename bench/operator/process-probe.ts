/**
 * What goes on inside a process while it is measured from outside: how long its event loop is held up, how
 * long collections take, and how long named pieces of work do. One report for each second, so that the moment
 * of a spike can be found in all processes.
 */
import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";

/** Of one second of one process. Milliseconds. */
export interface ProbedSecond {
  /** Wall clock of its start, milliseconds since the epoch. */
  readonly atMs: number;
  /** The longest time for which the event loop did not turn. */
  readonly loopMs: number;
  readonly collectionsMs: number;
  readonly longestCollectionMs: number;
  /** CPU time of all threads. */
  readonly cpuMs: number;
  /** By name: how many there were, their median and their longest. */
  readonly work: Readonly<
    Record<string, { readonly count: number; readonly p50: number; readonly longest: number }>
  >;
}

/** What a parent process asks for; the answer is the same report. */
export type Question = "memory" | "seconds";

const RESOLUTION_MS = 10;

export class ProcessProbe {
  readonly #seconds: ProbedSecond[] = [];
  readonly #loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #collections: number[] = [];
  #work = new Map<string, number[]>();
  #cpu = process.cpuUsage();

  /** Begins to observe; the timer does not keep the process alive. */
  start(): void {
    this.#loop.enable();
    const collections = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#collections.push(duration);
    });
    collections.observe({ entryTypes: ["gc"] });
    setInterval(() => this.#endSecond(), 1000).unref();
  }

  /** One piece of work called `name` took so long. */
  took(name: string, ms: number): void {
    const all = this.#work.get(name);
    if (all === undefined) this.#work.set(name, [ms]);
    else all.push(ms);
  }

  /** Answers the parent process whenever it asks; about memory, after a collection. */
  answer(): void {
    process.on("message", (question: Question) => {
      if (question === "memory") globalThis.gc?.();
      const { rss, heapUsed } = process.memoryUsage();
      process.send?.({ memoryBytes: rss, heapBytes: heapUsed, seconds: this.#seconds });
    });
  }

  #endSecond(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    this.#seconds.push({
      atMs: Date.now() - 1000,
      loopMs: this.#loop.max / 1e6 - RESOLUTION_MS,
      collectionsMs: this.#collections.reduce((sum, ms) => sum + ms, 0),
      longestCollectionMs: Math.max(0, ...this.#collections),
      cpuMs: (user + system) / 1000,
      work: Object.fromEntries([...this.#work].map(([name, all]) => [name, summaryOf(all)])),
    });
    this.#loop.reset();
    this.#collections = [];
    this.#work = new Map();
  }
}

function summaryOf(all: number[]) {
  all.sort((a, b) => a - b);
  return { count: all.length, p50: all[all.length >> 1] ?? 0, longest: all.at(-1) ?? 0 };
}
