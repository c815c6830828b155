/**
 * `lb resolve` by its command, on every database: which row stays, that a record is over, and whose name a
 * cluster has.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Ledger, UsageDraft } from "../../src/balancers/ledger/index.ts";
import { onEachDatabase } from "../../src/balancers/ledger/testing/on-each-database.ts";
import { CLOUDEKA_MAPPING, createCloudekaTable } from "../../src/balancers/ledger/testing/test-databases.ts";
import { readClusterUid, SERVICES } from "../../src/balancers/sync/index.ts";
import { repair } from "../../src/cli/lb/act.ts";
import { type ResolveOptions, resolve } from "../../src/cli/lb/resolve.ts";
import { createLoadBalancerWorld, type LoadBalancerWorld } from "./load-balancer-world.ts";

const STAMP = { actor: "test", reason: "a test" };
const IP = "203.0.113.5";
const OBJECTS = `
apiVersion: v1
kind: Namespace
metadata: {name: metallb-system}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public-a, namespace: metallb-system}
spec: {addresses: [203.0.113.0/26]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, ports: [{port: 80}]}
`;

let world: LoadBalancerWorld;
let uid = "";

beforeAll(async () => {
  world = await createLoadBalancerWorld(false);
  const { client } = world;
  await world.create(OBJECTS);
  const web = { namespace: "default", name: "web" };
  uid = (await client.get(SERVICES, web)).metadata.uid ?? "";
  const status = { status: { loadBalancer: { ingress: [{ ip: IP }] } } };
  await client.patch(SERVICES, web, "merge", status, { subresource: "status" });
});
afterAll(() => world.dispose());

onEachDatabase((database, server) => {
  let written: string[];
  beforeEach(() => {
    written = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = 0;
  });

  function options(more: Partial<ResolveOptions> = {}): ResolveOptions {
    const { target } = database;
    const address =
      target.dialect === "sqlite"
        ? `sqlite:${target.path}`
        : (server.url ?? "").replace(/\/[^/]*$/, `/${target.database}`);
    const where = { kubeconfig: world.kubeconfig, ledger: address, cluster: "c1" };
    return { ...where, output: "json", reason: "a test", ...more };
  }

  /** What the command writes. */
  async function run(subject?: string, more: Partial<ResolveOptions> = {}): Promise<string> {
    written = [];
    await resolve(subject, options(more));
    return written.join("");
  }

  const draft = (more: Partial<UsageDraft>): UsageDraft => ({
    cluster: "c1",
    ip: IP,
    family: 4,
    serviceUid: uid,
    namespace: "default",
    service: "web",
    poolId: undefined,
    poolName: "public-a",
    state: "active",
    ...more,
  });

  async function withPool(ledger: Ledger, cluster: string, ...drafts: readonly Partial<UsageDraft>[]) {
    await ledger.write({ ...STAMP, cluster }, async (writer) => {
      const content = {
        name: "public-a",
        ranges: ["203.0.113.0/26"],
        autoAssign: true,
        avoidBuggyIPs: false,
      };
      const pool = await writer.createPool(cluster, content);
      await writer.recordUsages(drafts.map((one) => draft({ cluster, poolId: pool.id, ...one })));
    });
  }

  test("RC-04 --keep: of two rows of one pool one stays, with the usage of both", async () => {
    await createCloudekaTable(database);
    const columns = ["PoolName", "IPAddresses", "Zone", "CreatedBy"].map((name) => sql.ref(name));
    await sql`delete from ${sql.table("CloudekaIPPool")}`.execute(database.raw);
    for (const range of ["203.0.113.0/26", "203.0.113.0/27"])
      await sql`insert into ${sql.table("CloudekaIPPool")} (${sql.join(columns)})
        values ('public-a', ${range}, 'jkt-1', 'ops')`.execute(database.raw);
    const ledger = await database.open({ mapping: CLOUDEKA_MAPPING });
    const [first, second] = await ledger.pools("jkt-1");
    await ledger.write({ ...STAMP, cluster: "jkt-1" }, (writer) =>
      writer.recordUsages([draft({ cluster: "jkt-1", poolId: first?.id })]),
    );
    const config = join(dirname(world.kubeconfig), `${server.dialect}.yaml`);
    const { optional, ...mapping } = CLOUDEKA_MAPPING;
    writeFileSync(config, JSON.stringify({ cluster: "jkt-1", mapping: { ...mapping, ...optional } }));
    const place = { config, cluster: "jkt-1" };
    const command = "plexaubnet lb resolve pool/public-a --keep KEY";
    expect(JSON.parse(await run(undefined, place))).toMatchObject([
      { kind: "pool-twice-in-ledger", subject: "pool/public-a", command },
      { kind: "range-differs", subject: "pool/public-a", command },
    ]);
    await expect(run("pool/public-a", { ...place, keep: "nope" })).rejects.toThrow(
      `has the rows ${first?.id}, ${second?.id}, not nope`,
    );
    const kept = second?.id ?? "";
    expect(await run("pool/public-a", { ...place, keep: kept })).toContain(`has only the row ${kept}`);
    expect(await ledger.pools("jkt-1")).toMatchObject([{ id: kept }]);
    expect(await ledger.usages("jkt-1")).toMatchObject([{ ip: IP, poolId: kept, state: "active" }]);
    process.exitCode = 0;
    await repair({ ...options(place), dryRun: false });
    expect(process.exitCode).toBe(0);
    expect(await ledger.pools("jkt-1")).toMatchObject([{ id: kept, ranges: ["203.0.113.0/26"] }]);
  });

  test("RC-04 --release: what the cluster does not have is over, and what it has is not", async () => {
    const ledger = await database.open();
    const gone = { serviceUid: "of-before" };
    await withPool(ledger, "c1", {}, gone, { ...gone, ip: "203.0.113.9", service: "old" });
    const subject = `service/default/web/${IP}`;
    expect(await run("service/default/old/203.0.113.9", { release: true })).toContain("is released");
    expect(await run(subject, { release: true })).toContain("is released");
    expect(await ledger.usages("c1")).toMatchObject([{ ip: IP, serviceUid: uid, state: "active" }]);
    await expect(run(subject, { release: true })).rejects.toThrow("is in use in the cluster");
    await expect(run("service/default/old/203.0.113.9", { release: true })).rejects.toThrow("has no record");
    await expect(run(subject, { release: true, accept: true })).rejects.toThrow("needs one of");
    const released = (await ledger.audit({ cluster: "c1" })).filter(
      ({ action }) => action === "usage.released",
    );
    expect(released).toMatchObject([{ subject }, { subject: "service/default/old/203.0.113.9" }]);
    expect(released[0]?.reason).toBe("a test");
  });

  test("RC-04 cluster: another cluster takes a name over, and one that gets another name is billed by one alone", async () => {
    const own = await readClusterUid(world.client);
    const ledger = await database.open();
    await ledger.write({ ...STAMP, cluster: "c1" }, (writer) => writer.claimCluster("c1", "uid-of-another"));
    await withPool(ledger, "c1", {});
    await expect(run()).rejects.toThrow("run `plexaubnet lb resolve cluster --cluster c1`");
    expect(await run("cluster")).toContain(own);
    expect(await ledger.clusters()).toEqual([{ name: "c1", uid: own }]);
    expect(JSON.parse(await run())).toEqual([]);

    await expect(run(undefined, { cluster: "c2" })).rejects.toThrow("as c1, not as c2");
    await run("cluster", { cluster: "c2" });
    expect(await ledger.clusters()).toEqual([{ name: "c2", uid: own }]);
    await repair({ ...options({ cluster: "c2" }), dryRun: false });
    expect(await ledger.usages("c2")).toMatchObject([{ ip: IP, state: "active" }]);
    expect(await ledger.usages("c1"), "under both names it would be billed twice").toEqual([]);
    expect(await ledger.intervals("c1")).toMatchObject([{ ip: IP, state: "released" }]);
    expect(await ledger.audit({ cluster: "c1", limit: 1 })).toMatchObject([{ action: "usage.released" }]);
  });
});
