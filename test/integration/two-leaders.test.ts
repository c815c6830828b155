/** Two operators that both believe to lead: what leader election prevents, and must not have to (PX-02). */
import { afterAll, beforeAll, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import { overlaps } from "../../src/ipam/index.ts";
import { prefix } from "../../src/operator/testing/usable-pool.ts";
import { FleetWorld } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
  await world.startOperator();
});
afterAll(() => world.stop());

async function expectSound(pool: string, count: number): Promise<void> {
  const subnets = (await world.list(SUBNETS)).filter((subnet) => subnet.spec.poolRef === pool);
  const allocated = subnets.filter((subnet) => subnet.status?.phase === "Allocated");
  const blocks = allocated.map((subnet) => prefix(subnet.spec.cidr));
  for (const [i, block] of blocks.entries()) {
    for (const other of blocks.slice(i + 1)) expect(overlaps(block, other)).toBe(false);
  }
  const claims = (await world.list(SUBNET_CLAIMS)).filter((claim) => claim.spec.poolRef === pool);
  expect(claims).toHaveLength(count);
  for (const { status } of claims) {
    const subnet = allocated.find((found) => found.metadata.uid === status?.subnetRef?.uid);
    expect(subnet?.spec.cidr).toBe(status?.allocatedCIDR);
  }
}

test("PX-02 a burst of claims of many sizes is served without overlap, and every claim is Bound", async () => {
  await world.pool("contested", "10.0.0.0/14");
  const count = 120;
  await Promise.all(
    Array.from({ length: count }, (_, i) => world.claim(`c-${i}`, "contested", { blockSize: 22 + (i % 5) })),
  );
  await world.untilAll(
    SUBNET_CLAIMS,
    (claims) =>
      claims.size === count && [...claims.values()].every((claim) => claim.status?.phase === "Bound"),
  );
  await expectSound("contested", count);
});

test("PX-02 hand-made Subnets in the middle of it lose or win, but never overlap", async () => {
  await world.pool("mixed", "10.8.0.0/16");
  const count = 40;
  await Promise.all([
    ...Array.from({ length: count }, (_, i) => world.claim(`m-${i}`, "mixed", { blockSize: 24 })),
    ...Array.from({ length: 10 }, (_, i) => world.subnet(`hand-${i}`, "mixed", `10.8.${i * 4}.0/23`)),
  ]);
  await world.untilAll(SUBNET_CLAIMS, (claims) =>
    [...claims.values()].every((claim) => claim.spec.poolRef !== "mixed" || claim.status?.phase === "Bound"),
  );
  await world.untilAll(SUBNETS, (subnets) =>
    [...subnets.values()].every((subnet) => (subnet.status?.phase ?? "Pending") !== "Pending"),
  );
  await expectSound("mixed", count);
});

test("PX-02 child pools grow and shrink side by side, and hold exactly what they range over", async () => {
  await world.pool("parent", "10.16.0.0/16");
  const ranges = Array.from({ length: 6 }, (_, i) => `10.16.${i * 16}.0`);
  const children = ranges.map((_, i) => `child-${i}`);
  const resizeAll = (length: number) =>
    Promise.all(
      children.map((name, i) =>
        world.merge(SUBNET_POOLS, name, { spec: { cidr: `${ranges[i]}/${length}` } }),
      ),
    );
  await Promise.all(
    children.map((name, i) => world.pool(name, `${ranges[i]}/24`, { parentRef: { name: "parent" } })),
  );
  await world.poolShows("parent", ({ allocatedCount }) => allocatedCount === children.length);
  for (const length of [21, 23, 20]) await resizeAll(length);
  await Promise.all(children.map((name) => world.claim(`in-${name}`, name, { blockSize: 22 })));
  for (const name of children) await world.bound(`in-${name}`);
  await Promise.all(children.map((name) => world.delete(SUBNET_CLAIMS, `in-${name}`)));
  await resizeAll(23);
  // 10.16.0.0/24 and 10.16.1.0/24 of each.
  await world.poolShows(
    "parent",
    ({ allocatedCount, freeCount }) => allocatedCount === 12 && freeCount === 244,
  );
  await expectSound("parent", 0);
});
