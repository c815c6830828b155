import { request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testOfOneProcess } from "./failover/mode.ts";
import { FleetWorld, type RunningOperator } from "./fleet-world.ts";

let world: FleetWorld;
let operator: RunningOperator;
beforeAll(async () => {
  world = await FleetWorld.start();
  operator = await world.startOperator({ endpoints: { port: 0 } });
  await world.pool("prod", "10.0.0.0/16");
  await world.claim("payments", "prod");
  await world.bound("payments");
  await world.poolShows("prod", (status) => status.allocatedCount === 1);
});
afterAll(() => world.stop());

async function call(method: "GET" | "POST", path: string, token?: string, body?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return world.steadily(async () => {
    const answer = await request(`${operator.endpointsUrl}${path}`, { method, headers, body: body ?? null });
    return { code: answer.statusCode, text: await answer.body.text() };
  });
}

test("health and readiness are open to all", async () => {
  expect((await call("GET", "/healthz")).code).toBe(200);
  expect((await call("GET", "/readyz")).code).toBe(200);
});

testOfOneProcess("it counts from the start of the process")(
  "RQ-13 the metrics speak of pools, claims, queues and reconciles",
  async () => {
    const { code, text } = await call("GET", "/metrics", world.server.identity.token);
    expect(code).toBe(200);
    for (const line of [
      'plexaubnet_pool_allocated_total{namespace="fleet",pool="prod"} 1',
      'plexaubnet_pool_capacity_addresses{namespace="fleet",pool="prod"} 65536',
      'plexaubnet_pool_free_blocks{namespace="fleet",pool="prod",size="24"} 255',
      'plexaubnet_claim_phase{phase="Bound"} 1',
      'plexaubnet_allocation_duration_seconds_count{result="bound"} 1',
      'subnetpool_parent_requeue_total{event_type="create"} 1',
      "subnetpool_parent_reconcile_inflight 0",
      'workqueue_depth{name="PoolStatus"} 0',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toMatch(
      /subnetpool_parent_status_last_timestamp_seconds\{namespace="fleet",name="prod"\} \d/,
    );
    expect(text).toMatch(/subnetpool_parent_reconcile_duration_seconds_count\{result="success"\} [1-9]/);
    expect(text).toMatch(/workqueue_adds_total\{name="PoolStatus"\} [1-9]/);
  },
);

test("the metrics are for those whom the API server knows", async () => {
  expect((await call("GET", "/metrics")).code).toBe(401);
  expect((await call("GET", "/metrics", "wrong")).code).toBe(401);
});

test("RQ-10.5 a call from outside recalculates a pool, for those who may", async () => {
  const body = JSON.stringify({ namespace: "fleet", name: "prod" });
  expect((await call("POST", "/recalculate", world.server.identity.token, body)).code).toBe(202);
  expect((await call("POST", "/recalculate", undefined, body)).code).toBe(401);
  expect((await call("GET", "/recalculate", world.server.identity.token)).code).toBe(405);
  const huge = JSON.stringify({ namespace: "fleet", name: "x".repeat(5000) });
  expect((await call("POST", "/recalculate", world.server.identity.token, huge)).code).toBe(413);
});
