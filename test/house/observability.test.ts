/** The rules and the dashboard ask for metrics that exist, by labels that these have (RQ-14). */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { metricCatalog } from "../../scripts/metric-catalog.ts";
import { ROOT } from "./sources.ts";

const PROMETHEUS = join(ROOT, "deploy/prometheus");
const DASHBOARD = join(ROOT, "deploy/grafana/plexaubnet.json");

/** What Prometheus adds when it scrapes. */
const TARGET_LABELS = ["job", "instance", "pod"];

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const rules = (
  parse(readFileSync(join(PROMETHEUS, "plexaubnet.rules.yaml"), "utf8")) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  }
).groups.flatMap((group) => group.rules);

/**
 * Series name → labels, as they are scraped; what the rules record is added with the labels that they keep.
 */
function knownSeries(): Map<string, readonly string[]> {
  const series = new Map<string, readonly string[]>();
  for (const { name, type, labels } of metricCatalog()) {
    if (type !== "histogram") series.set(name, labels);
    else {
      series.set(`${name}_bucket`, [...labels, "le"]);
      for (const part of ["count", "sum"]) series.set(`${name}_${part}`, labels);
    }
  }
  for (const { record, expr } of rules) {
    if (record !== undefined)
      series.set(
        record,
        groupedBy(expr).filter((label) => label !== "le"),
      );
  }
  return series;
}

function groupedBy(expr: string): string[] {
  return [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(",").map((each) => each.trim()),
  );
}

interface Use {
  readonly name: string;
  readonly labels: readonly string[];
}

const WORDS = new Set([
  "by",
  "without",
  "and",
  "or",
  "unless",
  "on",
  "ignoring",
  "bool",
  "offset",
  "inf",
  "nan",
]);

/** The series that an expression reads, with the labels that it selects by. */
function usesOf(expr: string): Use[] {
  const bare = expr.replaceAll(/\bby \([^)]*\)/g, "").replaceAll(/\[[^\]]*\]/g, "");
  return [...bare.matchAll(/([a-zA-Z_:][\w:]*)\s*(\{[^}]*\}|\()?/g)].flatMap(([, name = "", after = ""]) => {
    if (after === "(" || WORDS.has(name.toLowerCase())) return [];
    return [{ name, labels: [...after.matchAll(/([a-zA-Z_]\w*)\s*[=!]/g)].map(([, label = ""]) => label) }];
  });
}

const series = knownSeries();

function expectKnown(expr: string): void {
  // The text of a selector's value is not the name of a series.
  const uses = usesOf(expr.replaceAll(/"[^"]*"/g, '""'));
  expect(uses.length, expr).toBeGreaterThan(0);
  for (const { name, labels } of uses) {
    const has = series.get(name);
    expect(has, `${name} in ${expr}`).toBeDefined();
    for (const label of labels)
      expect([...(has ?? []), ...TARGET_LABELS], `${name}{${label}}`).toContain(label);
  }
  const all = uses.flatMap(({ name }) => series.get(name) ?? []);
  for (const label of groupedBy(expr))
    expect([...all, ...TARGET_LABELS], `${label} in ${expr}`).toContain(label);
}

function labelsRead(expr: string): string[] {
  return usesOf(expr).flatMap(({ name }) => series.get(name) ?? []);
}

test("the reader of expressions sees names and labels, and finds what is wrong", () => {
  expect(usesOf('sum by (le) (rate(a_bucket{x="1",y=~"2"}[5m])) / max(b:c) > 0.5')).toEqual([
    { name: "a_bucket", labels: ["x", "y"] },
    { name: "b:c", labels: [] },
  ]);
  expect(() => expectKnown('rate(subnetpool_parent_requeue_total{result="error"}[5m])')).toThrow(/result/);
  expect(() => expectKnown("plexaubnet_pool_full")).toThrow(/plexaubnet_pool_full/);
  expect(() => expectKnown("sum by (size) (plexaubnet_claim_phase)")).toThrow(/size/);
});

describe("RQ-14 the rules", () => {
  test.each(rules.map((rule) => [rule.record ?? rule.alert ?? "", rule] as const))("%s", (_, rule) => {
    expectKnown(rule.expr);
    const kept = rule.expr.includes("by (") ? groupedBy(rule.expr) : labelsRead(rule.expr);
    for (const text of Object.values(rule.annotations ?? {})) {
      for (const [, label = ""] of text.matchAll(/\$labels\.(\w+)/g)) expect(kept).toContain(label);
    }
  });

  test("the object for the Prometheus operator holds the same rules", () => {
    const object = parse(readFileSync(join(PROMETHEUS, "prometheus-rule.yaml"), "utf8"));
    expect(object).toMatchObject({ kind: "PrometheusRule" });
    expect(object.spec.groups.flatMap((group: { rules: unknown[] }) => group.rules)).toEqual(rules);
  });
});

describe("RQ-14 the dashboard", () => {
  const dashboard = JSON.parse(readFileSync(DASHBOARD, "utf8")) as {
    readonly panels: readonly {
      readonly title: string;
      readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
    }[];
    readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
  };
  const variables = new Set([...dashboard.templating.list.map(({ name }) => name), "__rate_interval"]);

  test.each(dashboard.panels.filter(({ targets }) => targets !== undefined))("$title", ({ targets = [] }) => {
    for (const { expr, legendFormat } of targets) {
      for (const [, name = ""] of expr.matchAll(/\$(\w+)/g)) expect(variables).toContain(name);
      expectKnown(expr);
      for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        const kept = expr.includes("by (") ? groupedBy(expr) : TARGET_LABELS;
        expect(kept, `${label} in ${legendFormat}`).toContain(label);
      }
    }
  });

  test("its variables ask for series that exist", () => {
    for (const { query } of dashboard.templating.list.filter(({ name }) => name !== "datasource")) {
      const text = (query as { query: string }).query;
      const [, name = "", label = ""] = /^label_values\((\w+).*, (\w+)\)$/.exec(text) ?? [];
      expect([...(series.get(name) ?? []), ...TARGET_LABELS], text).toContain(label);
      expect(series.has(name), text).toBe(true);
    }
  });

  test("every metric stands on it or in a rule, except for those that others show better", () => {
    const texts = [...rules.map(({ expr }) => expr), readFileSync(DASHBOARD, "utf8")].join("\n");
    const elsewhere = new Set([
      // Parts of controller_runtime_reconcile_total.
      "controller_runtime_reconcile_conflicts_total",
      "controller_runtime_reconcile_panics_total",
      // Sums behind what is shown as quantiles or rates.
      "workqueue_adds_total",
      "workqueue_unfinished_work_seconds",
      "workqueue_work_duration_seconds",
    ]);
    const unused = metricCatalog().filter(({ name }) => !texts.includes(name) && !elsewhere.has(name));
    expect(unused.map(({ name }) => name)).toEqual([]);
  });
});

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

/** CI installs promtool (Debian package prometheus). */
test.skipIf(!hasPromtool)(
  "RQ-14 promtool finds the rules right, and they fire when they should (skipped without promtool)",
  () => {
    for (const args of [
      ["check", "rules", join(PROMETHEUS, "plexaubnet.rules.yaml")],
      ["test", "rules", join(PROMETHEUS, "plexaubnet.rules.test.yaml")],
    ]) {
      const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
      expect(status, stdout + stderr).toBe(0);
    }
  },
  60_000,
);

test("RQ-14 every alert has a test", () => {
  const tests = readFileSync(join(PROMETHEUS, "plexaubnet.rules.test.yaml"), "utf8");
  for (const { alert } of rules) if (alert !== undefined) expect(tests).toContain(`alertname: ${alert}\n`);
});
