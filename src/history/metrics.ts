/** What the recorder measures (`docs/reference/metrics.md`). */
import { Counter, Gauge, type Registry } from "@prometheus-io/client";

export interface PoolForecast {
  readonly namespace: string;
  readonly pool: string;
  /** Days until it is full: at the fastest and at the slowest growth that the history supports. */
  readonly soonest: number;
  readonly latest: number;
}

export class HistoryMetrics {
  readonly #up: Gauge;
  readonly #rows: Counter;
  readonly #gaps: Counter;
  #pending: () => number = () => 0;
  #forecasts: readonly PoolForecast[] = [];

  constructor(registry: Registry) {
    const registers = [registry];
    this.#up = new Gauge({
      name: "plexaubnet_history_up",
      help: "Whether the last write of the history succeeded: 1 if it did, 0 if it is tried again",
      registers,
    });
    this.#rows = new Counter({
      name: "plexaubnet_history_rows_total",
      help: "Decisions that this process recorded in the history",
      registers,
    });
    this.#gaps = new Counter({
      name: "plexaubnet_history_gaps_total",
      help: "Gaps in the history: the API no longer had what happened",
      registers,
    });
    const pending = () => this.#pending();
    new Gauge({
      name: "plexaubnet_history_pending",
      help: "Changes that were seen and are not recorded yet",
      registers,
      collect() {
        this.set(pending());
      },
    });
    const forecasts = () => this.#forecasts;
    new Gauge({
      name: "plexaubnet_pool_days_to_full",
      help: "Days until the pool is full by the growth in the history: bound soonest and latest. Absent: it does not grow, or its history is too short",
      labelNames: ["namespace", "pool", "bound"],
      registers,
      collect() {
        this.reset();
        for (const { namespace, pool, soonest, latest } of forecasts()) {
          this.set({ namespace, pool, bound: "soonest" }, soonest);
          this.set({ namespace, pool, bound: "latest" }, latest);
        }
      },
    });
  }

  setUp(isUp: boolean): void {
    this.#up.set(isUp ? 1 : 0);
  }

  recorded(rows: number, gaps: number): void {
    this.#rows.inc(rows);
    this.#gaps.inc(gaps);
  }

  watch(pending: () => number): void {
    this.#pending = pending;
  }

  setForecasts(forecasts: readonly PoolForecast[]): void {
    this.#forecasts = forecasts;
  }
}
