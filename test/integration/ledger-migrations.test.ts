/** Ledgers that were there before: of an earlier version, or of another table. */
import { expect, test } from "vitest";
import type { LedgerError, PoolId, PoolMapping, UsageDraft } from "../../src/balancers/ledger/index.ts";
import { onEachDatabase } from "../../src/balancers/ledger/testing/on-each-database.ts";
import {
  CLOUDEKA_MAPPING,
  createCloudekaTable,
  type TestDatabase,
} from "../../src/balancers/ledger/testing/test-databases.ts";
import { createFirstVersion, insertFirstRevivals, insertFirstUsages } from "./first-ledger-version.ts";

const STAMP = { actor: "test", reason: "a test" };
const draft = (poolId: PoolId | undefined, poolName: string, ip: string): UsageDraft => ({
  cluster: "jkt-1",
  ip,
  family: 4,
  serviceUid: `uid-${ip}`,
  namespace: "shop",
  service: "web",
  poolId,
  poolName,
  state: poolId === undefined ? "discovered" : "active",
});

async function failureOf(database: TestDatabase, mapping?: PoolMapping): Promise<LedgerError> {
  return database.open(mapping === undefined ? {} : { mapping }).then(
    () => {
      throw new Error("it opened");
    },
    (error: LedgerError) => error,
  );
}

onEachDatabase((database) => {
  test("RC-02 usage of the first version becomes intervals, and nothing of it is lost", async () => {
    await createFirstVersion(database);
    await insertFirstUsages(database);
    const ledger = await database.open();
    expect(await ledger.intervals("c1")).toMatchObject([
      { ip: "192.0.2.1", state: "active", firstSeenAt: "2026-01-01T00:00:00.000Z", owner: "ops" },
      { ip: "192.0.2.2", state: "released", releasedAt: "2026-01-03T00:00:00.000Z" },
      { ip: "192.0.2.3", state: "released", releasedAt: "2026-01-04T00:00:00.000Z" },
      { ip: "192.0.2.4", state: "missing", missedRounds: 3 },
    ]);
    const back: UsageDraft = {
      ...draft(undefined, "public-a", "192.0.2.2"),
      cluster: "c1",
      serviceUid: "u-2",
    };
    await ledger.write(STAMP, (writer) =>
      writer.recordUsages([back, { ...back, ip: "192.0.2.1", serviceUid: "u-1" }]),
    );
    expect((await ledger.usages("c1")).map(({ ip }) => ip).sort()).toEqual([
      "192.0.2.1",
      "192.0.2.2",
      "192.0.2.4",
    ]);
    expect(await ledger.intervals("c1")).toHaveLength(5);
    await ledger.write(STAMP, async (writer) => writer.note({ action: "test", subject: "日本 🙂 Ж" }));
    expect(await ledger.audit({ limit: 1 })).toMatchObject([{ subject: "日本 🙂 Ж" }]);
  });

  test("RC-02 intervals that the first version overwrote come back from the audit log", async () => {
    await createFirstVersion(database);
    await insertFirstUsages(database);
    await insertFirstRevivals(database);
    const ledger = await database.open();
    const first = (await ledger.intervals("c1")).filter(({ ip }) => ip === "192.0.2.1");
    const at = (hour: number) => `2026-01-01T0${hour}:00:00.000Z`;
    expect(first).toMatchObject([
      { state: "released", firstSeenAt: at(0), releasedAt: at(1), service: "web-1" },
      { state: "released", firstSeenAt: at(5), releasedAt: at(8) },
      { state: "active", firstSeenAt: at(9), id: "1" },
    ]);
    expect(await ledger.usages("c1")).toHaveLength(2);
  });

  test("RC-05 a migration that was cut off goes on where it was", async () => {
    await createFirstVersion(database);
    await insertFirstUsages(database);
    await database.raw.schema.alterTable("lb_usages").addColumn("open_mark", "smallint").execute();
    const ledger = await database.open();
    expect(await ledger.intervals("c1")).toHaveLength(4);
  });

  test("RC-01 a mapping that is added while nothing refers to a pool is followed", async () => {
    const first = await database.open();
    await first.write(STAMP, (writer) => writer.recordUsages([draft(undefined, "public-a", "203.0.113.5")]));
    await createCloudekaTable(database);
    const ledger = await database.open({ mapping: CLOUDEKA_MAPPING });
    const [usage] = await ledger.usages("jkt-1");
    const [pool] = await ledger.pools("jkt-1");
    await ledger.write(STAMP, (writer) => writer.changeUsage(usage!, { state: "active", poolId: pool!.id }));
    expect(await ledger.usages("jkt-1")).toMatchObject([{ state: "active", poolId: pool!.id }]);
  });

  test("RC-01 a mapping that is added while usage refers to pools elsewhere is refused with the cure, and moves records when that is requested", async () => {
    const first = await database.open();
    const content = { name: "public-b", ranges: ["198.51.100.0/24"], autoAssign: true, avoidBuggyIPs: false };
    await first.write(STAMP, async (writer) => {
      const pool = await writer.createPool("jkt-1", content);
      const other = await writer.createPool("jkt-1", {
        ...content,
        name: "elsewhere",
        ranges: ["192.0.2.0/24"],
      });
      await writer.recordUsages([
        draft(pool.id, "public-b", "198.51.100.11"),
        draft(other.id, "elsewhere", "192.0.2.1"),
      ]);
    });
    await createCloudekaTable(database);
    const refused = await failureOf(database, CLOUDEKA_MAPPING);
    expect(refused).toMatchObject({ kind: "mapping" });
    expect(refused.message).toMatch(
      /^2 usage records of this ledger refer to pools in ip_pools, .*CloudekaIPPool.*--config.*mapping\.moveRecords/,
    );
    expect(await first.usages("jkt-1")).toHaveLength(2);
    const ledger = await database.open({ mapping: { ...CLOUDEKA_MAPPING, moveRecords: true } });
    const usages = (await ledger.usages("jkt-1")).sort((a, b) => (a.ip < b.ip ? -1 : 1));
    expect(usages).toMatchObject([
      { ip: "192.0.2.1", state: "discovered", poolId: undefined },
      { ip: "198.51.100.11", state: "active", poolId: "2" },
    ]);
    // And a user who forgets the settings afterwards gets an error.
    expect((await failureOf(database)).message).toMatch(
      /^1 usage record of this ledger refers to .* CloudekaIPPool, .*--config/i,
    );
    const again = await database.open({ mapping: CLOUDEKA_MAPPING });
    expect(await again.usages("jkt-1")).toHaveLength(2);
  });
});
