/** What opens an incident and what does not, and that each closes by what it is about. */
import { expect, test } from "vitest";
import {
  changeIncident,
  gather,
  IncidentKeeper,
  incidentIn,
  observationOf,
} from "../../src/balancers/incidents/index.ts";
import type { Ledger } from "../../src/balancers/ledger/index.ts";
import { onEachDatabase } from "../../src/balancers/ledger/testing/on-each-database.ts";
import { DEFAULT_SETTINGS, runRound, SYNC_MODES, type SyncMode } from "../../src/balancers/sync/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { ToldCluster } from "./told-cluster.ts";

const POOLS = { a: ["203.0.113.0/26"], b: ["198.51.100.0/28"] };

onEachDatabase((database) => {
  async function watched(ledger: Ledger, cluster: ToldCluster, mode: SyncMode, missingAfterSeconds = 0) {
    const settings = {
      ...DEFAULT_SETTINGS,
      cluster: "c1",
      mode,
      quietSeconds: 0,
      usage: { missingAfterRounds: 2, missingAfterSeconds },
    };
    const keeper = new IncidentKeeper({ ledger, kernel: systemKernel, settings, actor: "test" });
    return async () => {
      const round = await runRound({
        client: cluster.client,
        ledger,
        kernel: systemKernel,
        actor: "test",
        settings,
      });
      expect(round).toMatchObject({ result: "compared" });
      await keeper.observe(await observationOf(round, ledger, "c1"));
      return round;
    };
  }

  test.each(
    SYNC_MODES,
  )("RC-08 a Service that is made, changes its type and goes opens no incident in mode %s", async (mode) => {
    const ledger = await database.open();
    const cluster = new ToldCluster();
    cluster.has(POOLS, []);
    await (await watched(ledger, cluster, "sync"))();
    const look = await watched(ledger, cluster, mode);
    for (const ips of [["203.0.113.1"], ["203.0.113.1"], [], [], [], [], ["203.0.113.1"], ["203.0.113.1"]]) {
      cluster.has(POOLS, ips);
      await look();
    }
    expect(await ledger.incidents("c1")).toEqual([]);
    if (mode !== "upsert" && mode !== "sync") return;
    expect(await ledger.usages("c1")).toMatchObject([{ ip: "203.0.113.1", state: "active" }]);
    cluster.has(POOLS, []);
    for (let round = 0; round < 4; round++) await look();
    expect(await ledger.usages("c1")).toEqual([]);
  });

  test("RC-08 two troubles of different roots are two incidents, and each closes when its own is over", async () => {
    const ledger = await database.open();
    const cluster = new ToldCluster();
    cluster.has(POOLS, ["203.0.113.1"]);
    await (await watched(ledger, cluster, "sync"))();
    const look = await watched(ledger, cluster, "observe");
    cluster.has({ ...POOLS, gpu: ["192.0.2.64/28"] }, ["203.0.113.1", "192.0.2.64"]);
    await look();
    cluster.has({ ...POOLS, gpu: ["192.0.2.64/28"] }, ["203.0.113.1", "192.0.2.64", "10.9.9.9"]);
    await look();
    const open = async () => (await ledger.openIncidents("c1")).map(({ root }) => root?.split(":")[0]);
    const titles = async () => (await ledger.openIncidents("c1")).map(({ title }) => title);
    expect(await titles()).toHaveLength(2);
    expect((await titles())[0]).toMatch(/usage is not recorded, and the pools/);
    // The address beside MetalLB goes; the pool that is missing stays.
    cluster.has({ ...POOLS, gpu: ["192.0.2.64/28"] }, ["203.0.113.1", "192.0.2.64"]);
    for (let round = 0; round < 3; round++) await look();
    expect(await titles()).toHaveLength(1);
    const repair = await watched(ledger, cluster, "sync");
    for (let round = 0; round < 3; round++) await repair();
    expect(await open()).toEqual([]);
    expect(await ledger.incidents("c1")).toHaveLength(2);
  });

  test("RC-08 a trouble that comes later is an incident of its own, whatever else is open", async () => {
    const ledger = await database.open();
    const cluster = new ToldCluster();
    cluster.has(POOLS, []);
    await (await watched(ledger, cluster, "sync"))();
    const look = await watched(ledger, cluster, "observe");
    cluster.has({ ...POOLS, gpu: ["192.0.2.64/28"] }, []);
    await look();
    cluster.has({ ...POOLS, gpu: ["192.0.2.64/28"], b: ["198.51.100.0/27"] }, []);
    await expect
      .poll(async () => {
        await look();
        return ledger.openIncidents("c1");
      })
      .toHaveLength(2);
  });

  test("RC-08 what people say in the instant in which a controller writes, and what it sees, are both kept", async () => {
    const ledger = await database.open();
    const cluster = new ToldCluster();
    cluster.has({ gpu: ["192.0.2.64/28"] }, []);
    await (await watched(ledger, cluster, "observe"))();
    const [opened] = await ledger.openIncidents("c1");
    const id = opened?.id ?? "";
    const say = (text: string) =>
      changeIncident(ledger, { id, cluster: "c1" }, { actor: "budi", reason: "said" }, (current) => {
        const seen = { at: current.changedAt, drift: undefined, logs: [{ at: "", origin: text, text }] };
        return { incident: { ...current, evidence: gather(current, seen, false) } };
      });
    let said: Promise<unknown> | undefined;
    const interrupted = new Proxy(ledger, {
      get: (target, name) => {
        if (name !== "write") return Reflect.get(target, name).bind(target);
        return async (...write: Parameters<Ledger["write"]>) => {
          said ??= say("handed in meanwhile");
          await said;
          return target.write(...write);
        };
      },
    });
    const keeper = new IncidentKeeper({
      ledger: interrupted,
      kernel: systemKernel,
      settings: { cluster: "c1", quietSeconds: 0 },
      actor: "controller",
    });
    await keeper.observe({ at: new Date().toISOString(), drift: [] });
    await Promise.all(["one", "two", "three", "four"].map(say));
    const incident = incidentIn(await ledger.incident(id));
    expect(incident).toMatchObject({ status: "Monitoring", openDrift: [] });
    const logs = incident?.evidence.filter(({ source }) => source === "log").map(({ subject }) => subject);
    expect(logs?.sort()).toEqual(["four", "handed in meanwhile", "one", "three", "two"]);
    expect(new Set(incident?.evidence.map((one) => one.id)).size).toBe(incident?.evidence.length);
  });
});
