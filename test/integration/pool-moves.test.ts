/**
 * Pools in use that are renamed, split, merged, moved, deleted and restored: in step after one repair each,
 * on every database, in tables of ours and in one that was there before and has constraints of its own.
 */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { type Ledger, OWN_MAPPING, type PoolId, type PoolMapping } from "../../src/balancers/ledger/index.ts";
import { onEachDatabase } from "../../src/balancers/ledger/testing/on-each-database.ts";
import { CLOUDEKA_MAPPING, type TestDatabase } from "../../src/balancers/ledger/testing/test-databases.ts";
import {
  DEFAULT_SETTINGS,
  identifiedLedger,
  type RoundContext,
  type RoundDone,
  runRound,
  type SyncSettings,
} from "../../src/balancers/sync/index.ts";
import { randomSides } from "../../src/balancers/sync/testing/random-sides.ts";
import type { KubeClient } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { inDialect, MAPPED_TABLES } from "./mapped-tables.ts";
import { ToldCluster } from "./told-cluster.ts";

const A = "203.0.113";
const B = "198.51.100";
/** Each with what the cluster has next, one after the other, over the addresses in use. */
const LIFE: readonly (readonly [string, Readonly<Record<string, readonly string[]>>])[] = [
  ["made", { "public-a": [`${A}.0/26`], "public-b": [`${B}.0/28`], spare: ["192.0.2.0/28"] }],
  ["renamed", { "public-a": [`${A}.0/26`], "shop-b": [`${B}.0/28`], spare: ["192.0.2.0/28"] }],
  ["renamed back", { "public-a": [`${A}.0/26`], "public-b": [`${B}.0/28`], spare: ["192.0.2.0/28"] }],
  [
    "split",
    { "public-a": [`${A}.0/27`], a2: [`${A}.32/27`], "public-b": [`${B}.0/28`], spare: ["192.0.2.0/28"] },
  ],
  ["merged", { "public-a": [`${A}.0/26`], "public-b": [`${B}.0/28`], spare: ["192.0.2.0/28"] }],
  ["merged into a new one", { whole: [`${A}.0/26`, `${B}.0/28`], spare: ["192.0.2.0/28"] }],
  ["split into two new ones", { one: [`${A}.0/26`], two: [`${B}.0/28`], spare: ["192.0.2.0/28"] }],
  ["moved between rows", { one: [`${A}.0/27`], two: [`${B}.0/28`, `${A}.32/27`], spare: ["192.0.2.0/28"] }],
  ["with the free one deleted", { one: [`${A}.0/27`], two: [`${B}.0/28`, `${A}.32/27`] }],
  [
    "with the free one restored",
    { one: [`${A}.0/27`], two: [`${B}.0/28`, `${A}.32/27`], spare: ["192.0.2.0/28"] },
  ],
];
const IN_USE = [`${A}.5`, `${A}.50`, `${B}.3`];

async function expectInStep(ledger: Ledger, cluster: string): Promise<void> {
  const [pools, usages] = await Promise.all([ledger.pools(cluster), ledger.usages(cluster)]);
  const names = new Map(pools.map(({ id, name }) => [id, name]));
  expect(usages.map(({ ip, state }) => `${ip} ${state}`).sort()).toEqual(
    IN_USE.map((ip) => `${ip} active`).sort(),
  );
  for (const { ip, poolId } of usages) {
    expect(await ledger.findPoolByIp(cluster, ip)).toMatchObject({
      result: "found",
      pool: { name: names.get(poolId!) },
    });
  }
}

/**
 * Names and ranges are unique, and two rows may not begin alike: as a user may have arranged it years ago.
 */
async function createStrictTable({ raw, dialect }: TestDatabase): Promise<void> {
  const key = {
    sqlite: sql`"ID" integer primary key autoincrement`,
    mysql: sql`${sql.ref("ID")} int unsigned not null auto_increment primary key`,
    postgres: sql`"ID" serial primary key`,
  }[dialect];
  await sql`create table ${sql.table("CloudekaIPPool")} (${key},
    ${sql.ref("PoolName")} varchar(100) not null unique, ${sql.ref("IPAddresses")} varchar(500) not null unique,
    ${sql.ref("Zone")} varchar(40) not null, ${sql.ref("IsAutoAssign")} smallint not null default 1,
    ${sql.ref("CreatedBy")} varchar(40) not null, ${sql.ref("Remark")} varchar(200))`.execute(raw);
}

const HALVES = [`${A}.0/27`, `${A}.32/27`];

/** A pool may have either half, or both; no two rows may have the same one. */
async function refuseOverlaps({ raw, dialect }: TestDatabase): Promise<void> {
  const clash = (half: string) => sql`instr(new.${sql.ref("IPAddresses")}, ${sql.lit(half)}) > 0 and exists
    (select 1 from ${sql.table("CloudekaIPPool")} where ${sql.ref("ID")} <> new.${sql.ref("ID")}
    and instr(${sql.ref("IPAddresses")}, ${sql.lit(half)}) > 0)`;
  const clashes = sql.join(
    HALVES.map((half) => sql`(${clash(half)})`),
    sql` or `,
  );
  if (dialect === "postgres") {
    const found = sql.join(
      HALVES.map(
        (
          half,
        ) => sql`(strpos(new."IPAddresses", ${sql.lit(half)}) > 0 and exists (select 1 from "CloudekaIPPool"
          where "ID" <> new."ID" and strpos("IPAddresses", ${sql.lit(half)}) > 0))`,
      ),
      sql` or `,
    );
    await sql`create function refuse_overlap() returns trigger as $$ begin if ${found} then
      raise exception 'overlap'; end if; return new; end; $$ language plpgsql`.execute(raw);
    await sql`create trigger no_overlap before insert or update on "CloudekaIPPool"
      for each row execute function refuse_overlap()`.execute(raw);
    return;
  }
  for (const verb of ["insert", "update"]) {
    const name = sql.ref(`no_overlap_${verb}`);
    const when = sql`create trigger ${name} before ${sql.raw(verb)} on ${sql.table("CloudekaIPPool")} for each row`;
    if (dialect === "sqlite")
      await sql`${when} when ${clashes} begin select raise(abort, 'overlap'); end`.execute(raw);
    else
      await sql`${when} if ${clashes} then signal sqlstate '45000' set message_text = 'overlap'; end if`.execute(
        raw,
      );
  }
}

const MAPPINGS: readonly (readonly [string, PoolMapping, string])[] = [
  ["tables of ours", OWN_MAPPING, "c1"],
  ["a table that was there before", CLOUDEKA_MAPPING, "jkt-1"],
];

onEachDatabase((database, server) => {
  function contextOf(
    ledger: Ledger,
    client: KubeClient,
    cluster: string,
    settings: Partial<SyncSettings> = {},
  ): RoundContext {
    return {
      client,
      ledger: identifiedLedger(ledger, client, cluster),
      kernel: systemKernel,
      actor: "test",
      settings: { ...DEFAULT_SETTINGS, cluster, mode: "sync", ...settings },
    };
  }

  test.each(
    MAPPINGS,
  )("RC-04 RC-05 a life of pools in use in %s: no difference after one round each", async (_, mapping, name) => {
    if (mapping !== OWN_MAPPING) await createStrictTable(database);
    const ledger = await database.open({ mapping });
    const cluster = new ToldCluster("uid-1");
    const context = contextOf(ledger, cluster.client, name);
    for (const [what, pools] of LIFE) {
      cluster.has(pools, IN_USE);
      const round = (await runRound(context)) as RoundDone;
      expect(round, what).toMatchObject({ result: "compared", drift: [], plan: { refused: [] } });
      expect(await runRound(context), `${what}, again`).toMatchObject({ drift: [], plan: { steps: [] } });
      await expectInStep(ledger, name);
    }
  });

  const shapes = MAPPED_TABLES.filter(
    ({ on, make, mapping }) =>
      (on === undefined || on.includes(server.dialect)) &&
      mapping.families.includes(4) &&
      !make.some((statement) => statement.includes("PLACE")),
  );
  test.each(
    shapes.map((one) => [one.shape, one] as const),
  )("RC-04 a pool in use that is renamed and shrunk, in a table with %s", async (_, { make, mapping }) => {
    for (const statement of make) {
      await sql.raw(inDialect(statement, server.dialect, "")).execute(database.raw);
    }
    const ledger = await database.open({ mapping });
    const cluster = new ToldCluster("uid-1");
    const context = contextOf(ledger, cluster.client, "c1", { confirmed: ["too-many-deletions"] });
    for (const pools of [
      { a: ["192.0.2.0/27"], b: [`${A}.0/28`] },
      { a2: ["192.0.2.0/27"], b: [`${A}.0/28`] },
      { a3: ["192.0.2.0/28"], b: [`${A}.0/28`] },
      { a: ["192.0.2.0/28"], b: [`${A}.16/28`], b2: [`${A}.0/28`] },
    ] as Readonly<Record<string, readonly string[]>>[]) {
      cluster.has(pools, ["192.0.2.5", `${A}.5`]);
      expect(await runRound(context), JSON.stringify(pools)).toMatchObject({ result: "compared", drift: [] });
      expect(await ledger.findPoolByIp("c1", "192.0.2.5")).toMatchObject({
        pool: { name: Object.keys(pools)[0] },
      });
      expect(await ledger.usages("c1")).toHaveLength(2);
    }
  });

  test("RC-05 no two rows of a table with a trigger against overlaps hold one address on the way", async () => {
    await createStrictTable(database);
    await refuseOverlaps(database);
    const ledger = await database.open({ mapping: CLOUDEKA_MAPPING });
    const cluster = new ToldCluster("uid-1");
    const context = contextOf(ledger, cluster.client, "jkt-1");
    const lives = [
      { one: [HALVES[0]], two: [HALVES[1]] },
      { whole: HALVES },
      { one: [HALVES[0]], three: [HALVES[1]] },
      { three: HALVES },
    ] as Readonly<Record<string, readonly string[]>>[];
    for (const pools of lives) {
      cluster.has(pools, [`${A}.5`, `${A}.50`]);
      expect(await runRound(context), JSON.stringify(pools)).toMatchObject({ result: "compared", drift: [] });
    }
  });

  test("RC-04 RC-05 from random sides one confirmed round reaches what it promises, and a second does nothing", async () => {
    const ledger = await database.open();
    const stamp = { actor: "test", reason: "a test" };
    for (let seed = 1; seed <= 12; seed++) {
      const name = `c${seed}`;
      const sides = randomSides(seed);
      await ledger.write(stamp, async (writer) => {
        const rows = new Map<string, PoolId>();
        for (const { id, ...pool } of sides.ledger.pools)
          rows.set(id, (await writer.createPool(name, pool)).id);
        const drafts = sides.ledger.usages.map((one) => ({
          ...one,
          cluster: name,
          poolId: rows.get(one.poolId ?? ""),
        }));
        await writer.recordUsages(drafts);
      });
      const cluster = new ToldCluster(name);
      cluster.has(
        Object.fromEntries(sides.cluster.pools.map((pool) => [pool.name, pool.ranges])),
        sides.cluster.balancers.map(({ ip, service, serviceUid: uid }) => ({ ip, name: service, uid })),
      );
      const settings = {
        confirmed: ["last-pool", "too-many-deletions"],
        guards: { ...DEFAULT_SETTINGS.guards, shortReadPercent: 0 },
        usage: { missingAfterRounds: 1, missingAfterSeconds: 0 },
      };
      const context = contextOf(ledger, cluster.client, name, settings);
      expect(await runRound(context), name).toMatchObject({ result: "compared", drift: [] });
      expect(await runRound(context), name).toMatchObject({ drift: [], plan: { steps: [] } });
    }
  });

  test("RC-04 a pool whose usage is over goes from a table that keeps no retired rows, and its history stays", async () => {
    await createStrictTable(database);
    const ledger = await database.open({ mapping: CLOUDEKA_MAPPING });
    const cluster = new ToldCluster("uid-1");
    const atOnce = { usage: { missingAfterRounds: 1, missingAfterSeconds: 0 } };
    const context = contextOf(ledger, cluster.client, "jkt-1", atOnce);
    const other = { other: ["192.0.2.0/28"] };
    cluster.has({ gone: [`${A}.0/28`], ...other }, [`${A}.5`, "192.0.2.1"]);
    await runRound(context);
    cluster.has(other, ["192.0.2.1"]);
    expect(await runRound(context)).toMatchObject({ result: "compared", drift: [] });
    expect((await ledger.pools("jkt-1")).map(({ name }) => name)).toEqual(["other"]);
    const rows = await database.raw
      .selectFrom("lb_usages")
      .select(["pool_name", "state"])
      .where("ip", "=", `${A}.5`)
      .execute();
    expect(rows).toEqual([{ pool_name: "gone", state: "released" }]);
  });

  test("RC-04 two clusters of one ledger: each has its own rows, and none can take the other's name", async () => {
    const ledger = await database.open();
    const one = new ToldCluster("uid-1");
    const two = new ToldCluster("uid-2");
    one.has({ mine: [`${A}.0/28`] }, [`${A}.1`]);
    two.has({ yours: [`${B}.0/28`] }, [`${B}.1`]);
    await runRound(contextOf(ledger, one.client, "cust-a"));
    await runRound(contextOf(ledger, two.client, "cust-b"));
    const rows = await ledger.audit({ cluster: "cust-a", limit: 100 });
    expect(rows.length).toBeGreaterThan(4);
    expect(rows.filter(({ subject }) => /yours|198\.51/.test(subject))).toEqual([]);
    expect((await ledger.audit({ limit: 100 })).filter(({ cluster }) => cluster === undefined)).toEqual([]);
    const before = await ledger.usages("cust-a");
    const three = new ToldCluster("uid-3");
    three.has({ theirs: ["192.0.2.0/28"] }, ["192.0.2.1"]);
    for (const [client, name, cure] of [
      [three.client, "cust-a", "is another one"],
      [three.client, "Cust-A", "is another one"],
      [two.client, "cust-a", "as cust-b, not as cust-a; say --cluster cust-b"],
      [one.client, "cust-aa", "as cust-a, not as cust-aa; say --cluster cust-a"],
    ] as const) {
      const round = await runRound(contextOf(ledger, client, name));
      expect(round, name).toMatchObject({ result: "unreachable", message: expect.stringContaining(cure) });
    }
    expect(await ledger.usages("cust-a")).toEqual(before);
    expect(await ledger.usages("cust-aa")).toEqual([]);
  });

  test("RC-03 names that differ by case and ranges with host bits are the same pool", async () => {
    await createStrictTable(database);
    await sql`insert into ${sql.table("CloudekaIPPool")} (${sql.join(
      ["PoolName", "IPAddresses", "Zone", "CreatedBy"].map((name) => sql.ref(name)),
    )}) values ('Public-A', '198.18.0.200/28', 'jkt-1', 'ops')`.execute(database.raw);
    const ledger = await database.open({ mapping: CLOUDEKA_MAPPING });
    const cluster = new ToldCluster("uid-1");
    const context = contextOf(ledger, cluster.client, "jkt-1");
    cluster.has({ "public-a": ["198.18.0.195/28"] }, ["198.18.0.193"]);
    expect(await runRound(context)).toMatchObject({ result: "compared", drift: [], plan: { refused: [] } });
    expect(await ledger.usages("jkt-1")).toMatchObject([{ ip: "198.18.0.193", state: "active" }]);
    cluster.has({ "public-a": ["198.18.0.192/27"] }, ["198.18.0.193"]);
    expect(await runRound(context)).toMatchObject({ result: "compared", drift: [] });
    expect(await ledger.pools("jkt-1")).toMatchObject([{ name: "Public-A", ranges: ["198.18.0.192/27"] }]);
    // Of another namespace MetalLB reads no pool.
    cluster.has({ "public-a": ["10.77.0.0/24"] }, [], "shop");
    expect(await runRound(context)).toMatchObject({ result: "not-believed" });
  });

  test("RC-02 a ledger of before its rows had a cluster is brought up to date, and old rows belong to no cluster", async () => {
    await (await database.open()).close();
    await sql`update audit_log set cluster = null`.execute(database.raw);
    const stamp = { actor: "old", reason: "before" };
    const ledger = await database.open();
    await ledger.write(stamp, async (writer) => writer.note({ action: "pool.create", subject: "pool/old" }));
    expect(await ledger.audit({ cluster: "c1" })).toEqual([]);
    expect(await ledger.audit()).toMatchObject([{ subject: "pool/old", cluster: undefined }]);
  });
});
