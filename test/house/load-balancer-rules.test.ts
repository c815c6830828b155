/** The alerts about load balancers ask for metrics that exist, each has a test, and the tests pass. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "@prometheus-io/client";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { LoadBalancerMetrics } from "../../src/balancers/sync/index.ts";
import { ROOT } from "./sources.ts";

const RULES = join(ROOT, "deploy/prometheus/load-balancers.rules.yaml");
const TESTS = join(ROOT, "deploy/prometheus/load-balancers.rules.test.yaml");

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

const rules = (parse(readFileSync(RULES, "utf8")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const registry = new Registry();
new LoadBalancerMetrics(registry);
const metrics = registry.getMetricsAsArray().map(({ name }) => name);

test.each(rules)("RC-05 $alert asks for a metric that exists, and has a test", ({ alert, expr }) => {
  const [name = ""] = /plexaubnet_lb_\w+/.exec(expr) ?? [];
  expect(metrics).toContain(name);
  expect(readFileSync(TESTS, "utf8")).toContain(`alertname: ${alert}\n`);
});

test("every metric about load balancers stands in the reference", () => {
  const reference = readFileSync(join(ROOT, "docs/reference/ledger.md"), "utf8");
  for (const name of metrics) expect(reference).toContain(name);
});

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

test.skipIf(!hasPromtool)("RC-05 the alerts fire when they should (skipped without promtool)", () => {
  for (const args of [
    ["check", "rules", RULES],
    ["test", "rules", TESTS],
  ]) {
    const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
    expect(status, stdout + stderr).toBe(0);
  }
});
