import { expect, test } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { type Request, request } from "./flow.ts";
import { RuntimeMetrics } from "./metrics.ts";
import { WorkQueue } from "./queue/index.ts";

async function series(metrics: RuntimeMetrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.registry.metrics()).split("\n").filter((line) => /^[a-z]/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}

test("RQ-13 a queue shows its depth, its adds, its waits and its work under the name of its controller", async () => {
  const metrics = new RuntimeMetrics();
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, observer: metrics.forController("PoolStatus", 5).queue });
  metrics.watchQueue("PoolStatus", queue);
  for (const name of ["a", "b", "c"]) queue.add(request("n", name) as Request);
  clock.advance(2_000);
  const taken = (await queue.get()) as Request;
  clock.advance(5_000);
  const before = await series(metrics);
  expect(before.get('workqueue_depth{name="PoolStatus"}')).toBe(2);
  expect(before.get('workqueue_adds_total{name="PoolStatus"}')).toBe(3);
  expect(before.get('workqueue_unfinished_work_seconds{name="PoolStatus"}')).toBe(5);
  expect(before.get('workqueue_longest_running_processor_seconds{name="PoolStatus"}')).toBe(5);
  expect(before.get('workqueue_queue_duration_seconds_sum{name="PoolStatus"}')).toBe(2);
  queue.done(taken);
  queue.addRateLimited(taken);
  const after = await series(metrics);
  expect(after.get('workqueue_work_duration_seconds_sum{name="PoolStatus"}')).toBe(5);
  expect(after.get('workqueue_retries_total{name="PoolStatus"}')).toBe(1);
  expect(after.get('workqueue_unfinished_work_seconds{name="PoolStatus"}')).toBe(0);
});

test("reconciles are counted by how they end, and timed", async () => {
  const metrics = new RuntimeMetrics();
  const reported = metrics.forController("PoolStatus", 5);
  reported.started();
  reported.started();
  reported.finished("error", 1_500);
  reported.panicked();
  const found = await series(metrics);
  expect(found.get('controller_runtime_active_workers{controller="PoolStatus"}')).toBe(1);
  expect(found.get('controller_runtime_reconcile_total{controller="PoolStatus",result="error"}')).toBe(1);
  expect(found.get('controller_runtime_reconcile_errors_total{controller="PoolStatus"}')).toBe(1);
  expect(found.get('controller_runtime_reconcile_panics_total{controller="PoolStatus"}')).toBe(1);
  expect(found.get('controller_runtime_reconcile_time_seconds_sum{controller="PoolStatus"}')).toBe(1.5);
});

test("requests and leadership are shown", async () => {
  const metrics = new RuntimeMetrics();
  metrics.observeRequest({ code: 200, method: "GET" });
  metrics.observeRequest({ code: "<error>", method: "POST" });
  metrics.setLeader("lock", true);
  const found = await series(metrics);
  expect(found.get('rest_client_requests_total{code="200",method="GET"}')).toBe(1);
  expect(found.get('rest_client_requests_total{code="<error>",method="POST"}')).toBe(1);
  expect(found.get('leader_election_master_status{name="lock"}')).toBe(1);
});

test("two sets of metrics in one process do not meet", async () => {
  const [one, two] = [new RuntimeMetrics(), new RuntimeMetrics()];
  one.eventDropped();
  expect((await series(two)).get("event_recorder_dropped_total")).toBe(0);
});
