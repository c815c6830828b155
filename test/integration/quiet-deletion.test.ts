/** What a deletion costs: a namespace controller deletes Subnets and claims one by one, in whatever order. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import { systemClock } from "../../src/kernel/index.ts";
import { createLogger } from "../../src/runtime/index.ts";
import { MODE } from "./failover/mode.ts";
import { FleetWorld } from "./fleet-world.ts";

const COUNT = 100;
/**
 * A decision of each controller about each object, a few times over: what matters is that it does not grow
 * with the others.
 */
const MOST_LINES_EACH = 12;

let world: FleetWorld;
const lines: string[] = [];
beforeAll(async () => {
  world = await FleetWorld.start();
  const destination = { write: (line: string) => lines.push(line) };
  await world.startOperator(
    MODE === "one" ? { logger: createLogger({ clock: systemClock, destination }) } : {},
  );
});
afterAll(() => world.stop());

async function fleet(pool: string, second: number): Promise<readonly string[]> {
  await world.pool(pool, `10.${second}.0.0/16`);
  const names = Array.from({ length: COUNT }, (_, n) => `${pool}-${n}`);
  await Promise.all(names.map((name) => world.claim(name, pool)));
  await world.untilAll(SUBNET_CLAIMS, (all) =>
    names.every((name) => all.get(name)?.status?.phase === "Bound"),
  );
  lines.length = 0;
  return names;
}

function expectQuiet(): void {
  const errors = lines.filter((line) => line.includes('"level":"error"'));
  expect(errors).toEqual([]);
  expect(lines.length).toBeLessThan(COUNT * MOST_LINES_EACH);
}

test("PX-11 Subnets that are deleted before their claims wake nothing but their own", async () => {
  const names = await fleet("subnets-first", 8);
  await world.delete(SUBNET_POOLS, "subnets-first");
  const subnets = (await world.list(SUBNETS)).filter(({ spec }) => spec.poolRef === "subnets-first");
  for (const { metadata } of subnets) await world.delete(SUBNETS, metadata.name);
  for (const name of names) await world.delete(SUBNET_CLAIMS, name);
  await world.untilGone(SUBNET_POOLS, "subnets-first");
  expectQuiet();
});

test("PX-11 robbed of their finalizers, too, they are made again without a storm", async () => {
  await fleet("robbed", 9);
  const subnets = (await world.list(SUBNETS)).filter(({ spec }) => spec.poolRef === "robbed");
  for (const { metadata } of subnets) {
    await world.delete(SUBNETS, metadata.name);
    await world.merge(SUBNETS, metadata.name, { metadata: { finalizers: null } });
  }
  const before = new Set(subnets.map(({ metadata }) => metadata.uid));
  await world.untilAll(SUBNETS, (all) => {
    const now = [...all.values()].filter(({ spec }) => spec.poolRef === "robbed");
    return (
      now.length === COUNT &&
      now.every(({ metadata, status }) => !before.has(metadata.uid) && status?.phase === "Allocated")
    );
  });
  expectQuiet();
});
