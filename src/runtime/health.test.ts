import { request as send } from "undici";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHealthHandler, type HealthServer, serveHealth } from "./health.ts";
import { RuntimeMetrics } from "./metrics.ts";

let server: HealthServer;
let state: { isReady: boolean; isHealthy: boolean };

beforeEach(async () => {
  state = { isReady: false, isHealthy: true };
  const manager = { ready: () => state.isReady, healthy: () => state.isHealthy };
  const metrics = new RuntimeMetrics();
  metrics.forController("PoolStatus", 5);
  server = await serveHealth(createHealthHandler({ manager, metrics }), 0);
});
afterEach(() => server.close());

async function ask(path: string, method: "GET" | "POST" = "GET") {
  const { statusCode, body, headers } = await send(`${server.url}${path}`, { method });
  return { code: statusCode, text: await body.text(), type: headers["content-type"] };
}

test("it listens on the loopback only by default", () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("/readyz follows the caches", async () => {
  expect((await ask("/readyz")).code).toBe(503);
  state.isReady = true;
  expect(await ask("/readyz?verbose")).toMatchObject({ code: 200, text: "ok" });
});

test("/healthz fails once the manager cannot go on", async () => {
  expect((await ask("/healthz")).code).toBe(200);
  state.isHealthy = false;
  expect((await ask("/healthz")).code).toBe(500);
});

test("RQ-13 /metrics has the series that dashboards ask for, from the start", async () => {
  const { code, text, type } = await ask("/metrics");
  expect(code).toBe(200);
  expect(type).toContain("text/plain");
  for (const series of [
    'workqueue_adds_total{name="PoolStatus"} 0',
    'workqueue_retries_total{name="PoolStatus"} 0',
    'controller_runtime_reconcile_total{controller="PoolStatus",result="error"} 0',
    'controller_runtime_active_workers{controller="PoolStatus"} 0',
    'controller_runtime_max_concurrent_reconciles{controller="PoolStatus"} 5',
    "# TYPE workqueue_depth gauge",
    "# TYPE workqueue_queue_duration_seconds histogram",
    "# TYPE workqueue_work_duration_seconds histogram",
    "# TYPE controller_runtime_reconcile_time_seconds histogram",
    "# TYPE rest_client_requests_total counter",
    "# TYPE leader_election_master_status gauge",
  ]) {
    expect(text).toContain(series);
  }
});

test("other paths and methods are refused", async () => {
  expect((await ask("/")).code).toBe(404);
  expect((await ask("/healthz", "POST")).code).toBe(405);
});
