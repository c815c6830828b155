/** The ledger against real databases: the same promises on each. */
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import {
  fingerprintOf,
  LedgerError,
  type PoolId,
  StaleError,
  type UsageDraft,
} from "../../src/balancers/ledger/index.ts";
import { openLedger } from "../../src/balancers/ledger/ledger.ts";
import { onEachDatabase } from "../../src/balancers/ledger/testing/on-each-database.ts";
import {
  CLOUDEKA_MAPPING,
  createCloudekaTable,
  testServers,
} from "../../src/balancers/ledger/testing/test-databases.ts";
import { DEFAULT_SETTINGS, observeUsage } from "../../src/balancers/sync/index.ts";
import { ManualClock, seededRandom } from "../../src/kernel/index.ts";

const STAMP = { actor: "test", reason: "a test" };
const CONTENT = { name: "public-a", ranges: ["203.0.113.0/26"], autoAssign: true, avoidBuggyIPs: false };
const draft = (poolId: PoolId | undefined, ip = "203.0.113.5"): UsageDraft => ({
  cluster: "c1",
  ip,
  family: 4,
  serviceUid: "u-1",
  namespace: "shop",
  service: "web",
  poolId,
  poolName: "public-a",
  state: poolId === undefined ? "discovered" : "active",
});

onEachDatabase((database) => {
  test("a pool is written with its ranges and its audit row, and read back", async () => {
    const ledger = await database.open();
    const ranges = ["203.0.113.0/26", "2001:db8::/112", "198.51.100.1-198.51.100.9"];
    const pool = await ledger.write(STAMP, (writer) => writer.createPool("c1", { ...CONTENT, ranges }));
    expect(await ledger.pools("c1")).toEqual([pool]);
    expect(pool).toMatchObject({ name: "public-a", ranges, autoAssign: true, avoidBuggyIPs: false });
    expect(await ledger.pools("c2")).toEqual([]);
    const [row] = await ledger.audit();
    expect(row).toMatchObject({
      action: "pool.create",
      subject: "pool/public-a",
      actor: "test",
      reason: "a test",
    });
  });

  test("RC-01 looking up an IP that no pool holds names the IP and the nearest pools", async () => {
    const ledger = await database.open();
    await ledger.write(STAMP, (writer) => writer.createPool("c1", CONTENT));
    expect(await ledger.findPoolByIp("c1", "203.0.113.9")).toMatchObject({
      result: "found",
      pool: { name: "public-a" },
    });
    expect(await ledger.findPoolByIp("c1", "203.0.113.80")).toEqual({
      result: "not-found",
      ip: "203.0.113.80",
      nearest: [{ name: "public-a", range: "203.0.113.0/26", distance: "17" }],
    });
  });

  test("a failure in a transaction leaves neither the write nor its audit row", async () => {
    const ledger = await database.open();
    const failing = ledger.write(STAMP, async (writer) => {
      await writer.createPool("c1", CONTENT);
      throw new StaleError("something else");
    });
    await expect(failing).rejects.toThrow(StaleError);
    expect(await ledger.pools("c1")).toEqual([]);
    expect(await ledger.audit()).toEqual([]);
  });

  test("RC-02 the database itself demands a pool of every usage record but a discovered one", async () => {
    const ledger = await database.open();
    await ledger.write(STAMP, (writer) => writer.recordUsages([draft(undefined)]));
    expect(await ledger.usages("c1")).toMatchObject([{ state: "discovered", poolId: undefined }]);
    const update = sql`update lb_usages set state = 'active'`.execute(database.raw);
    await expect(update).rejects.toThrow();
    const wrongPool = sql`update lb_usages set state = 'active', pool_id = 0`.execute(database.raw);
    await expect(wrongPool).rejects.toThrow();
  });

  test("RC-02 a load balancer has one open usage record; one that comes back has a record of its own, and the gap stays", async () => {
    const clock = new ManualClock(Date.parse("2026-01-01T00:00:00Z"));
    const ledger = await database.open({ kernel: { clock, random: seededRandom(1) } });
    const record = () =>
      ledger.write(STAMP, (writer) => writer.recordUsages([draft(pool.id), draft(pool.id)]));
    const pool = await ledger.write(STAMP, (writer) => writer.createPool("c1", CONTENT));
    await record();
    await record();
    const [usage, second] = await ledger.usages("c1");
    expect(second).toBeUndefined();
    clock.advance(3_600_000);
    await ledger.write(STAMP, (writer) => writer.changeUsage(usage!, { state: "released" }));
    expect(await ledger.usages("c1")).toEqual([]);
    clock.advance(3_600_000);
    await record();
    const [again] = await ledger.usages("c1");
    expect(again).toMatchObject({ state: "active", firstSeenAt: "2026-01-01T02:00:00.000Z" });
    expect(again!.id).not.toBe(usage!.id);
    expect(await ledger.intervals("c1")).toMatchObject([
      { state: "released", firstSeenAt: "2026-01-01T00:00:00.000Z", releasedAt: "2026-01-01T01:00:00.000Z" },
      { state: "active", firstSeenAt: "2026-01-01T02:00:00.000Z" },
    ]);
    const within = (from: string, to: string) => ledger.intervals("c1", { from, to });
    expect(await within("2026-01-01T01:00:00.000Z", "2026-01-01T02:00:00.000Z")).toEqual([]);
    expect(await within("2026-01-01T00:30:00.000Z", "2026-01-01T00:40:00.000Z")).toHaveLength(1);
    const actions = (await ledger.audit()).map(({ action }) => action);
    expect(actions).toEqual(["usage.active", "usage.released", "usage.active", "pool.create"]);
    const twice = sql`insert into lb_usages (cluster, ip, family, service_uid, namespace, service, pool_name, state, open_mark,
      first_seen_at, changed_at) values ('c1', '203.0.113.5', 4, 'u-1', 'n', 's', '', 'discovered', 1, '', '')`;
    await expect(twice.execute(database.raw)).rejects.toThrow();
  });

  test("RC-02 by a clock that is an hour behind no record ends before it began, nor waits an hour to be missed", async () => {
    const clock = new ManualClock(Date.parse("2026-01-01T12:00:00Z"));
    const ahead = await database.open({ kernel: { clock, random: seededRandom(1) } });
    const behindMs = Date.parse("2026-01-01T11:00:00Z");
    const behind = await database.open({
      kernel: { clock: new ManualClock(behindMs), random: seededRandom(2) },
    });
    const pool = await ahead.write(STAMP, (writer) => writer.createPool("c1", CONTENT));
    await ahead.write(STAMP, (writer) =>
      writer.recordUsages([{ ...draft(pool.id), missedSince: "2026-01-01T12:00:00.000Z", missedRounds: 1 }]),
    );
    const [usage] = await behind.usages("c1");
    const sides = { ledger: { pools: [], usages: [usage!] }, cluster: { pools: [], balancers: [] } };
    const patience = { ...DEFAULT_SETTINGS, usage: { missingAfterRounds: 2, missingAfterSeconds: 60 } };
    expect(observeUsage(sides, patience, behindMs).changed).toMatchObject([
      { change: { missedRounds: 2, missedSince: "2026-01-01T11:00:00.000Z" } },
    ]);
    await behind.write(STAMP, (writer) => writer.changeUsage(usage!, { state: "released" }));
    const at = "2026-01-01T12:00:00.000Z";
    expect(await behind.intervals("c1")).toMatchObject([{ firstSeenAt: at, releasedAt: at }]);
  });

  test("a pool that a load balancer uses is not removed, and a removed one comes back under its name", async () => {
    const ledger = await database.open();
    const pool = await ledger.write(STAMP, (writer) => writer.createPool("c1", CONTENT));
    await ledger.write(STAMP, (writer) => writer.recordUsages([draft(pool.id)]));
    const remove = () =>
      ledger.write(STAMP, (writer) => writer.removePool("c1", pool.name, fingerprintOf(CONTENT)));
    await expect(remove()).rejects.toThrow(StaleError);
    const [usage] = await ledger.usages("c1");
    await ledger.write(STAMP, (writer) => writer.changeUsage(usage!, { state: "released" }));
    await remove();
    expect(await ledger.pools("c1")).toEqual([]);
    const again = await ledger.write(STAMP, (writer) =>
      writer.createPool("c1", { ...CONTENT, ranges: ["203.0.113.64/26"] }),
    );
    expect(again).toMatchObject({ id: pool.id, ranges: ["203.0.113.64/26"] });
  });

  test("an update decided on another state of the pool changes nothing", async () => {
    const ledger = await database.open();
    await ledger.write(STAMP, (writer) => writer.createPool("c1", CONTENT));
    const wider = { ...CONTENT, ranges: ["203.0.113.0/25"] };
    await ledger.write(STAMP, (writer) => writer.updatePool("c1", wider, fingerprintOf(CONTENT)));
    const late = ledger.write(STAMP, (writer) => writer.updatePool("c1", CONTENT, fingerprintOf(CONTENT)));
    await expect(late).rejects.toThrow(StaleError);
    expect(await ledger.pools("c1")).toMatchObject([{ ranges: ["203.0.113.0/25"] }]);
  });

  test("of many who record the same load balancer at once, one writes it and none fails", async () => {
    const ledgers = await Promise.all([1, 2, 3, 4].map(() => database.open()));
    const pool = await ledgers[0]!.write(STAMP, (writer) => writer.createPool("c1", CONTENT));
    await Promise.all(
      ledgers.map((ledger) => ledger.write(STAMP, (writer) => writer.recordUsages([draft(pool.id)]))),
    );
    expect(await ledgers[0]!.usages("c1")).toHaveLength(1);
    const recorded = (await ledgers[0]!.audit()).filter(({ action }) => action === "usage.active");
    expect(recorded).toHaveLength(1);
  });

  test("RC-08 a cluster has one open incident of a root at most", async () => {
    const ledger = await database.open();
    const incident = (id: string, closedAt?: string) => ({
      id,
      cluster: "c1",
      status: "Investigating",
      title: id,
      openedAt: "2026-01-01T00:00:00.000Z",
      changedAt: "2026-01-01T00:00:00.000Z",
      closedAt,
      content: { id },
    });
    await ledger.write(STAMP, (writer) => writer.saveIncident(incident("A")));
    const quick = await openLedger({
      target: database.target,
      kernel: { clock: new ManualClock(), random: seededRandom(1) },
      retry: { attempts: 1, firstDelayMs: 1, longestDelayMs: 1 },
    });
    await expect(quick.write(STAMP, (writer) => writer.saveIncident(incident("B")))).rejects.toThrow(
      LedgerError,
    );
    await quick.close();
    await ledger.write(STAMP, (writer) => writer.saveIncident(incident("A", "2026-01-01T01:00:00.000Z")));
    await ledger.write(STAMP, (writer) => writer.saveIncident(incident("B")));
    await ledger.write(STAMP, (writer) => writer.saveIncident({ ...incident("C"), root: "usage" }));
    expect((await ledger.openIncidents("c1")).map(({ id }) => id)).toEqual(["B", "C"]);
    expect(await ledger.incidents("c1")).toHaveLength(3);
  });

  test("RC-01 a pool table that was there before is read and written under its own names, and keeps its shape", async () => {
    await createCloudekaTable(database);
    const before = await database.raw.introspection.getTables();
    const ledger = await database.open({ mapping: CLOUDEKA_MAPPING });
    expect(await ledger.pools("jkt-1")).toMatchObject([
      { id: "1", name: "public-a", ranges: ["203.0.113.0/26"], autoAssign: true, notes: "since 2019" },
      { id: "2", name: "public-b", ranges: ["198.51.100.10-198.51.100.40", "198.51.100.64/27"] },
    ]);
    expect(await ledger.findPoolByIp("jkt-1", "198.51.100.41")).toMatchObject({ result: "not-found" });
    const added = { name: "gpu", ranges: ["192.0.2.0/28", "192.0.2.32/28"], autoAssign: false };
    const pool = await ledger.write(STAMP, (writer) => writer.createPool("jkt-1", added));
    expect(pool).toMatchObject({ id: "3", ...added });
    await ledger.write(STAMP, (writer) =>
      writer.recordUsages([{ ...draft(pool.id, "192.0.2.1"), cluster: "jkt-1" }]),
    );
    const { rows } = await sql`select ${sql.ref("CreatedBy")} as made from ${sql.table("CloudekaIPPool")}
      where ${sql.ref("ID")} = 3`.execute(database.raw);
    expect(rows).toEqual([{ made: "plexaubnet" }]);
    const shapeOf = (tables: typeof before) => tables.find(({ name }) => /^cloudekaippool$/i.test(name));
    expect(shapeOf(await database.raw.introspection.getTables())).toEqual(shapeOf(before));
    const dangling = sql`delete from ${sql.table("CloudekaIPPool")} where ${sql.ref("ID")} = 3`;
    await expect(dangling.execute(database.raw)).rejects.toThrow();
  });

  test("an IPv6 range is refused by a table that is for IPv4, in one sentence", async () => {
    await createCloudekaTable(database);
    const ledger = await database.open({ mapping: CLOUDEKA_MAPPING });
    const content = { name: "six", ranges: ["2001:db8::/64"] };
    await expect(ledger.write(STAMP, (writer) => writer.createPool("jkt-1", content))).rejects.toThrow(
      "the pool six has the IPv6 range 2001:db8::/64, and CloudekaIPPool is for IPv4 only.",
    );
    expect(await ledger.pools("jkt-1")).toHaveLength(2);
  });

  test("a mapping that does not fit is refused with a list of everything, and nothing is created", async () => {
    await createCloudekaTable(database);
    const { CreatedBy: _, ...constants } = CLOUDEKA_MAPPING.constants;
    const mapping = {
      ...CLOUDEKA_MAPPING,
      name: "poolname_",
      key: "PoolName",
      families: [4, 6] as const,
      optional: { autoAssign: "Remark" },
      constants,
    };
    const tables = async () => (await database.raw.introspection.getTables()).map(({ name }) => name);
    const before = await tables();
    const failure = await database.open({ mapping }).then(
      () => undefined,
      (error: LedgerError) => error,
    );
    expect(failure?.kind).toBe("mapping");
    expect(failure?.message.split("\n  - ").slice(1)).toEqual([
      expect.stringContaining("lacks the column poolname_"),
      expect.stringContaining("PoolName of CloudekaIPPool is neither its primary key nor unique"),
      expect.stringContaining("the database does not make values for PoolName"),
      expect.stringContaining("the column CreatedBy of CloudekaIPPool must have a value"),
      expect.stringContaining("autoAssign needs a boolean or a number"),
    ]);
    expect(await tables()).toEqual(before);
  });
});

describe.each(
  testServers.filter(({ url, dialect }) => url !== undefined && dialect !== "sqlite"),
)("connecting to $name", (server) => {
  test("a wrong password is one sentence that holds no password", async () => {
    const { parseConnectionString } = await import("../../src/balancers/ledger/index.ts");
    const target = parseConnectionString(server.url!.replace(/:[^:@/]+@/, ":not-the-password@"));
    if (!target.ok) throw new Error(target.error);
    const kernel = { clock: new ManualClock(), random: seededRandom(1) };
    const failure = await openLedger({ target: target.value, kernel }).catch((error: LedgerError) => error);
    expect(failure).toMatchObject({ kind: "credentials" });
    expect(String(failure)).not.toContain("not-the-password");
  });
});
