/** The record while its writers are killed and paused, and while its database is away. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { SUBNET_CLAIMS } from "../../src/api/index.ts";
import { openDatabase } from "../../src/balancers/ledger/database.ts";
import type { LedgerTarget } from "../../src/balancers/ledger/index.ts";
import { onEachDatabase } from "../../src/balancers/ledger/testing/on-each-database.ts";
import type { TestDatabase } from "../../src/balancers/ledger/testing/test-databases.ts";
import { HistoryMetrics } from "../../src/history/index.ts";
import { randomBelow, seededRandom } from "../../src/kernel/index.ts";
import { RuntimeMetrics } from "../../src/runtime/index.ts";
import { FleetWorld } from "./fleet-world.ts";
import { HistoryWorld } from "./history-world.ts";
import { ShownDecisions } from "./shown-decisions.ts";
import { TcpGate } from "./tcp-gate.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
  await world.pool("prod", "10.0.0.0/14", { defaultBlockSize: 26 });
});
afterAll(() => world.stop());

let counter = 0;

/** Claims that come and go, while `meanwhile` does its worst. */
async function churn(rounds: number, seed: number, meanwhile: () => Promise<void>): Promise<void> {
  const random = seededRandom(seed);
  const names: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const fresh = Array.from({ length: 1 + randomBelow(random, 5) }, () => `c-${counter++}`);
    await Promise.all(fresh.map((name) => world.claim(name, "prod")));
    names.push(...fresh);
    await meanwhile();
    if (random.next() < 0.6) await world.delete(SUBNET_CLAIMS, names.shift() ?? "");
  }
  for (const name of names) await world.bound(name);
}

onEachDatabase((database) => {
  let history: HistoryWorld;
  let shown: ShownDecisions;
  beforeEach(async () => {
    history = await HistoryWorld.open(world, database);
    shown = new ShownDecisions(world.newClient());
    await shown.ready();
  });
  afterEach(async () => {
    await shown.close();
    await history.close();
  });

  async function expectComplete(): Promise<void> {
    await history.untilCaughtUp();
    await expect.poll(async () => (await history.watched()).length).toBe(shown.all.length);
    expect(await history.watched()).toEqual(shown.all);
    expect(await history.verify()).toMatchObject({ sound: true });
    expect(await history.gaps()).toEqual([]);
  }

  test("PX-17 leaders that are killed or paused at any moment leave no decision out, and none twice", async () => {
    const random = seededRandom(5);
    let leader = { mayWrite: true };
    history.start({ mayWrite: () => leader.mayWrite });
    await history.untilStarted();
    await churn(9, 5, async () => {
      if (random.next() < 0.5) return;
      const former = leader;
      const next = { mayWrite: true };
      leader = next;
      history.start({ mayWrite: () => next.mayWrite });
      // Killed; or paused, and it believes to lead when it goes on.
      if (random.next() < 0.5) former.mayWrite = false;
    });
    await expectComplete();
  });

  test("PX-17 the operator goes on while the database is away, and the record catches up", async () => {
    const { target, shut, open } = await shuttable(database);
    const registry = new RuntimeMetrics();
    const recorder = history.start({
      target,
      metrics: new HistoryMetrics(registry.registry),
      mostPending: 100,
    });
    await history.untilStarted();
    const up = async () => (await registry.registry.metrics()).match(/^plexaubnet_history_up (\d)$/m)?.[1];
    await expect.poll(up).toBe("1");
    await shut();
    // More than is kept: what is dropped is asked of the API again.
    await churn(14, 9, async () => {});
    await expect.poll(up).toBe("0");
    await open();
    await expectComplete();
    await history.stop(recorder);
  });
});

interface Shuttable {
  readonly target: LedgerTarget;
  shut(): Promise<void>;
  open(): Promise<void>;
}

/** A server behind a gate; a file that another process has locked. */
async function shuttable({ target }: TestDatabase): Promise<Shuttable> {
  if (target.dialect === "sqlite") {
    const other = await openDatabase(target);
    const { sql } = await import("kysely");
    return {
      target,
      shut: async () => void (await sql`begin exclusive`.execute(other)),
      open: async () => {
        await sql`rollback`.execute(other);
        await other.destroy();
      },
    };
  }
  const gate = new TcpGate(target);
  await gate.open();
  const gated = { ...target, host: "127.0.0.1", port: gate.port };
  return { target: gated, shut: () => gate.shut(), open: () => gate.open() };
}
