/**
 * The metrics of the comparison, for dashboards. Times in seconds since the epoch. Documented with the Prometheus rules
 * in `deploy/prometheus/load-balancers.rules.yaml`.
 */
import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import { DRIFT_KINDS } from "./drift.ts";
import type { RoundResult } from "./round.ts";

export class LoadBalancerMetrics {
  readonly #drift: Gauge<"cluster" | "kind">;
  readonly #lastSuccess: Gauge<"cluster">;
  readonly #rounds: Counter<"cluster" | "result">;
  readonly #refused: Counter<"cluster" | "guard">;
  readonly #steps: Counter<"cluster" | "verb">;
  readonly #unrecorded: Gauge<"cluster">;
  readonly #ledgerErrors: Counter<"cluster">;
  readonly #unanswered: Counter<"cluster">;
  readonly #unreachable: Gauge<"cluster" | "side">;

  constructor(registry: Registry) {
    const registers = [registry];
    const cluster = ["cluster"] as const;
    this.#drift = new Gauge({
      name: "plexaubnet_lb_drift_rows",
      help: "Differences between ledger and cluster by kind",
      labelNames: ["cluster", "kind"],
      registers,
    });
    this.#lastSuccess = new Gauge({
      name: "plexaubnet_lb_last_comparison_timestamp_seconds",
      help: "When ledger and cluster were last compared with both sides read and believed",
      labelNames: cluster,
      registers,
    });
    this.#rounds = new Counter({
      name: "plexaubnet_lb_rounds_total",
      help: "Rounds by how they ended",
      labelNames: ["cluster", "result"],
      registers,
    });
    this.#refused = new Counter({
      name: "plexaubnet_lb_plan_steps_refused_total",
      help: "Steps of plans that a guard stopped",
      labelNames: ["cluster", "guard"],
      registers,
    });
    this.#steps = new Counter({
      name: "plexaubnet_lb_plan_steps_applied_total",
      help: "Steps of plans that were carried out",
      labelNames: ["cluster", "verb"],
      registers,
    });
    this.#unrecorded = new Gauge({
      name: "plexaubnet_lb_unrecorded_load_balancers",
      help: "Load balancers in the cluster whose usage the ledger does not record",
      labelNames: cluster,
      registers,
    });
    this.#ledgerErrors = new Counter({
      name: "plexaubnet_lb_ledger_errors_total",
      help: "Rounds that the ledger ended, and queries of it that were tried again",
      labelNames: cluster,
      registers,
    });
    this.#unreachable = new Gauge({
      name: "plexaubnet_lb_unreachable",
      help: "Whether a side could not be read or written when it was last tried: 1 or 0",
      labelNames: ["cluster", "side"],
      registers,
    });
    this.#unanswered = new Counter({
      name: "plexaubnet_lb_webhook_unanswered_total",
      help: "Services that were let through because the ledger could not be asked",
      labelNames: cluster,
      registers,
    });
  }

  /** Series that are 0 exist from the start, so that an alert has something to look at. */
  begin(cluster: string): void {
    for (const result of ["compared", "not-believed", "unreachable"])
      this.#rounds.inc({ cluster, result }, 0);
    this.#ledgerErrors.inc({ cluster }, 0);
    for (const side of ["ledger", "cluster"] as const) this.unreachable(cluster, side, false);
    this.#unanswered.inc({ cluster }, 0);
  }

  round(cluster: string, round: RoundResult): void {
    this.#rounds.inc({ cluster, result: round.result });
    const fails = round.result === "unreachable" ? round.side : undefined;
    for (const side of ["ledger", "cluster"] as const) this.unreachable(cluster, side, fails === side);
    if (round.result !== "compared") {
      if (round.side === "ledger") this.#ledgerErrors.inc({ cluster });
      return;
    }
    for (const kind of DRIFT_KINDS) {
      this.#drift.set({ cluster, kind }, round.drift.filter((row) => row.kind === kind).length);
    }
    this.#unrecorded.set({ cluster }, round.drift.filter(({ kind }) => kind === "usage-unrecorded").length);
    this.#lastSuccess.set({ cluster }, Date.parse(round.at) / 1000);
    for (const { guard } of round.plan.refused) this.#refused.inc({ cluster, guard });
    if (round.applied?.result !== "applied") return;
    for (const { verb } of round.plan.steps) this.#steps.inc({ cluster, verb });
  }

  unreachable(cluster: string, side: "ledger" | "cluster", isSo: boolean): void {
    this.#unreachable.set({ cluster, side }, isSo ? 1 : 0);
  }

  ledgerRetried(cluster: string): void {
    this.#ledgerErrors.inc({ cluster });
  }

  webhookUnanswered(cluster: string): void {
    this.#unanswered.inc({ cluster });
  }
}
