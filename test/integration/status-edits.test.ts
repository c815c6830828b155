/**
 * Statuses that another client than the operator wrote: they come right automatically
 * (`docs/allocation-protocol.md#invariants` 3 and 6).
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, type SubnetClaim } from "../../src/api/index.ts";
import type { Resource } from "../../src/client/index.ts";
import { FleetWorld, NAMESPACE } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator({ selfCheckIntervalMs: 3_600_000 });
  await world.pool("prod", "10.0.0.0/16");
  await world.claim("payments", "prod");
  await world.poolClaim("team", "prod", 20);
  await world.bound("payments");
  await world.until(SUBNET_POOL_CLAIMS, "team", (claim) => claim.status?.phase === "Bound");
  await world.poolShows("prod", (status) => status.allocatedCount === 2);
});
afterAll(() => world.stop());

function write(resource: Resource, name: string, status: object | null) {
  const options = { subresource: "status" } as const;
  return world.client.patch(resource, { namespace: NAMESPACE, name }, "merge", { status }, options);
}

test("a claim whose status is taken away is Bound again, to the block that it has", async () => {
  const before = (await world.bound("payments")).status;
  await write(SUBNET_CLAIMS, "payments", null);
  expect((await world.bound("payments")).status).toMatchObject({
    allocatedCIDR: before?.allocatedCIDR,
    subnetRef: before?.subnetRef,
  });
  await write(SUBNET_CLAIMS, "payments", { phase: "Pending" });
  await world.bound("payments");
});

test("a claim that is said to be lost, or to be Bound, and is not, gets the true status", async () => {
  await write(SUBNET_CLAIMS, "payments", { phase: "Error" });
  await world.bound("payments");
  await world.claim("early", "to-come");
  const isPending = (claim: SubnetClaim) => claim.status?.phase === "Pending";
  await world.until(SUBNET_CLAIMS, "early", isPending);
  await write(SUBNET_CLAIMS, "early", { phase: "Bound" });
  await world.until(SUBNET_CLAIMS, "early", isPending);
});

test("a pool claim whose status is taken away or changed is Bound again, to its pool", async () => {
  for (const status of [null, { phase: "Error", boundPoolName: "another" }]) {
    await write(SUBNET_POOL_CLAIMS, "team", status);
    const { status: after } = await world.until(
      SUBNET_POOL_CLAIMS,
      "team",
      (claim) => claim.status?.phase === "Bound",
    );
    expect(after?.boundPoolName).toBe("team");
  }
});

test("PS-01 a pool's status that another client wrote is put back, long before the self-check comes by", async () => {
  for (const status of [null, { allocatedCount: 77 }]) {
    await write(SUBNET_POOLS, "prod", status);
    await world.poolShows("prod", ({ allocatedCount }) => allocatedCount === 2);
  }
});
