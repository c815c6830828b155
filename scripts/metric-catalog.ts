/**
 * Every metric of the operator, as it is registered: what the reference, the rules and the dashboard are held
 * to.
 */
import { HistoryMetrics } from "../src/history/index.ts";
import { systemClock } from "../src/kernel/index.ts";
import { OperatorMetrics } from "../src/operator/metrics.ts";
import type { OperatorWorld } from "../src/operator/view/world.ts";
import { RuntimeMetrics } from "../src/runtime/index.ts";

export interface MetricEntry {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

interface Registered {
  readonly labelNames?: readonly string[];
}

/** By name. */
export function metricCatalog(): MetricEntry[] {
  const { registry } = new RuntimeMetrics();
  // Only the registration is read, not the values.
  const world = { clock: systemClock } as OperatorWorld;
  new OperatorMetrics(registry, world);
  new HistoryMetrics(registry);
  const entries = registry.getMetricsAsArray().map(({ name, type, help }): MetricEntry => {
    const { labelNames = [] } = registry.getSingleMetric(name) as Registered;
    return { name, type: String(type) as MetricEntry["type"], help, labels: labelNames };
  });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
