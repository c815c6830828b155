/** Pool tables in the shapes that are out there: each is read, and written so that it reads the same. */
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  fingerprintOf,
  type LedgerError,
  type PoolMapping,
  type UsageDraft,
} from "../../src/balancers/ledger/index.ts";
import {
  createTestDatabase,
  sayWhatIsLeftOut,
  type TestDatabase,
  testServers,
} from "../../src/balancers/ledger/testing/test-databases.ts";
import { canonicalRanges } from "../../src/balancers/sync/index.ts";
import { inDialect, MAPPED_TABLES, type MappedTable } from "./mapped-tables.ts";

sayWhatIsLeftOut();

const STAMP = { actor: "test", reason: "a test" };
const usageOf = (poolId: UsageDraft["poolId"], ip: string): UsageDraft => ({
  cluster: "c1",
  ip,
  family: ip.includes(":") ? 6 : 4,
  serviceUid: "u-1",
  namespace: "shop",
  service: "web",
  poolId,
  poolName: "new",
  state: "active",
});

for (const server of testServers)
  describe.skipIf(server.url === undefined)(`on ${server.name}`, () => {
    let database: TestDatabase;
    let place: string;
    beforeEach(async () => {
      database = await createTestDatabase(server);
      const { target } = database;
      place = target.dialect === "mysql" ? `${target.database}_b` : "ipam_b";
    });
    afterEach(async () => {
      if (server.dialect === "mysql")
        await sql
          .raw(`drop database if exists ${place}`)
          .execute(database.raw)
          .catch(() => {});
      await database.dispose();
    });

    async function make({ make, mapping }: Pick<MappedTable, "make" | "mapping">): Promise<PoolMapping> {
      for (const text of make) await sql.raw(inDialect(text, server.dialect, place)).execute(database.raw);
      return { ...mapping, table: inDialect(mapping.table, server.dialect, place) };
    }

    test.each(
      MAPPED_TABLES.filter(({ on }) => on === undefined || on.includes(server.dialect)),
    )("RC-01 $shape", async (table) => {
      const mapping = await make(table);
      const ledger = await database.open({ mapping });
      const pools = async () =>
        Object.fromEntries((await ledger.pools("c1")).map((pool) => [pool.name, pool]));
      expect(await pools()).toMatchObject({ old: { ranges: table.old } });
      expect(Object.keys(await pools())).toEqual(["old"]);
      const same = (ranges: readonly string[] | undefined, wanted: readonly string[]) =>
        expect(canonicalRanges(ranges ?? [])).toBe(canonicalRanges(wanted));

      const { id } = await ledger.write(STAMP, (writer) =>
        writer.createPool("c1", { name: "new", ranges: table.added }),
      );
      same((await pools()).new?.ranges, table.added);
      const ip = (table.changed[0] ?? "").split(/[-/]/)[0] ?? "";
      await ledger.write(STAMP, (writer) => writer.recordUsages([usageOf(id, ip)]));

      const before = fingerprintOf((await pools()).new!);
      await ledger.write(STAMP, (writer) =>
        writer.updatePool("c1", { name: "new", ranges: table.changed }, before),
      );
      const changed = (await pools()).new!;
      same(changed.ranges, table.changed);
      expect(changed.id).toBe(id);
      expect(await ledger.findPoolByIp("c1", ip)).toMatchObject({
        result: "found",
        pool: { name: "new", id },
      });
      const last = fingerprintOf(changed);
      await ledger.write(STAMP, (writer) =>
        writer.updatePool("c1", { name: "new", ranges: changed.ranges }, last),
      );
      expect((await pools()).new).toEqual(changed);

      const [usage] = await ledger.usages("c1");
      await ledger.write(STAMP, (writer) => writer.changeUsage(usage!, { state: "released" }));
      await ledger.write(STAMP, (writer) => writer.removePool("c1", "new", last));
      expect(Object.keys(await pools())).toEqual(["old"]);
      expect(await ledger.intervals("c1")).toMatchObject([{ poolName: "new", state: "released" }]);
      await ledger.write(STAMP, (writer) => writer.createPool("c1", { name: "new", ranges: table.added }));
      same((await pools()).new?.ranges, table.added);
      expect((await pools()).old).toMatchObject({ ranges: table.old });
    });

    test("RC-01 a user who forgets the settings of a ledger that has a mapping is shown where its pools are", async () => {
      const mapping = await make(MAPPED_TABLES[0]!);
      await database.open({ mapping });
      await expect(database.open()).rejects.toThrow(
        /^the pools of this ledger are in pools, and no mapping was given; nothing was changed, .*--config\.$/,
      );
      await database.open({ mapping });
    });

    test("RC-01 rows of another tenant are not ours to see, change, or take the name of", async () => {
      const table = MAPPED_TABLES.find(({ mapping }) => mapping.where !== undefined)!;
      const mapping = await make(table);
      const ledger = await database.open({ mapping });
      const content = { name: "new", ranges: ["192.0.2.0/28"] };
      await ledger.write(STAMP, (writer) => writer.createPool("c1", content));
      await ledger.write(STAMP, (writer) => writer.removePool("c1", "new", fingerprintOf(content)));
      const { rows } = await sql<{
        tenant: string;
        ranges: string;
      }>`select tenant, ranges from ${sql.table(mapping.table)}
        where name = 'new' order by tenant`.execute(database.raw);
      expect(rows).toEqual([
        { tenant: "acme", ranges: "192.0.2.0/28" },
        { tenant: "other", ranges: "10.0.0.0/8" },
      ]);
      const odd = { ...mapping, where: { tenant: "x' or '1'='1" } };
      const other = await database.open({ mapping: odd });
      expect(await other.pools("c1")).toEqual([]);
    });

    test("RC-01 what a table cannot hold is said of that pool alone, before anything is written", async () => {
      const table = MAPPED_TABLES.find(({ shape }) => shape === "a network and a dotted mask")!;
      const ledger = await database.open({ mapping: await make(table) });
      expect(ledger.unfit({ name: "p", ranges: ["192.0.2.0/28"] })).toBeUndefined();
      expect(ledger.unfit({ name: "p", ranges: ["192.0.2.1-192.0.2.9"] })).toContain(
        "set rows: true in mapping.ranges",
      );
      expect(ledger.unfit({ name: "p".repeat(101), ranges: ["192.0.2.0/28"] })).toMatch(
        /^the name of the pool p+ needs 101 characters, and name of pools holds 100\.$/,
      );
      expect(ledger.unfit({ name: "p", ranges: ["2001:db8::/64"] })).toContain("is for IPv4 only");
    });

    test("RC-01 a pool that a constraint of the table refuses is named", async () => {
      const ledger = await database.open({
        mapping: await make({
          make: ["create table pools (id KEY, name NAME, ranges varchar(100), check (name <> 'bad'))"],
          mapping: { ...MAPPED_TABLES[0]!.mapping, ranges: { column: "ranges", separator: "," } },
        }),
      });
      const content = { name: "bad", ranges: ["203.0.113.0/26"] };
      await expect(ledger.write(STAMP, (writer) => writer.createPool("c1", content))).rejects.toThrow(
        /^the pool table refuses the pool bad by a constraint of its own \(.+\); nothing was changed\.$/,
      );
      expect(await ledger.pools("c1")).toEqual([]);
    });

    test("RC-01 a name that differs by case or blanks alone is said, and is not taken for the same", async () => {
      const ledger = await database.open({
        mapping: await make({
          make: [
            "create table pools (id KEY, name NAME unique, ranges varchar(100))",
            "insert into pools (name, ranges) values ('Public-A ', '203.0.113.0/26')",
          ],
          mapping: { ...MAPPED_TABLES[0]!.mapping, ranges: { column: "ranges", separator: "," } },
        }),
      });
      const content = { name: "public-a", ranges: ["203.0.113.0/26"] };
      expect(await ledger.pools("c1")).toMatchObject([{ name: "Public-A " }]);
      expect(ledger.unfit(content)).toContain(
        'has a row named "Public-A ", which differs from public-a by case or blanks alone',
      );
      await expect(ledger.write(STAMP, (writer) => writer.createPool("c1", content))).rejects.toThrow(
        "rename it to public-a",
      );
    });

    test("RC-01 a mapping is compared with the types of the columns, and each fault has its cure", async () => {
      const mapping = await make({
        make: [
          "create table pools (id KEY, name int, low int, high varchar(10), gone BIT, at varchar(10) not null, n int not null)",
        ],
        mapping: {
          ...MAPPED_TABLES[0]!.mapping,
          families: [4, 6],
          ranges: { start: "low", end: "high" },
          optional: { retiredAt: "at" },
          where: { n: "acme" },
        },
      });
      const failure = await database.open({ mapping }).catch((error: LedgerError) => error);
      const faults = String(failure);
      expect(failure).toMatchObject({ kind: "mapping" });
      expect(faults).toMatch(/the column name of pools is of type int.*; mapping\.name needs text\./i);
      expect(faults).toContain(
        "the column at of pools holds 10 characters, and an instant has 24; widen it.",
      );
      expect(faults).toContain("the column at of pools takes no NULL");
      expect(faults).toMatch(
        /the column n of pools, which mapping\.where gives "acme", is of type int.*, which takes no such text\./i,
      );
      expect(faults).toContain("the column low of pools holds numbers, which do not say their family");
      expect(faults).toContain("the column high of pools holds 10 characters, and an address may need 45");
      const narrow = { ...mapping, families: [4] as const, ranges: { start: "low", end: "low" } };
      const second = String(await database.open({ mapping: narrow }).catch((error: LedgerError) => error));
      if (server.dialect !== "sqlite") expect(second).toContain("make it BIGINT or INT UNSIGNED");
      const flag = { ...mapping, optional: { retiredAt: "gone" } };
      expect(String(await database.open({ mapping: flag }).catch((error: LedgerError) => error))).toContain(
        "For a flag, use mapping.retired",
      );
    });
  });
