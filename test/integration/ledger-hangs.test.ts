/**
 * The controller while the database of its ledger hangs: it is said, one incident is kept, and it goes on
 * afterwards.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepIncidents } from "../../src/balancers/incidents/index.ts";
import { openLedger } from "../../src/balancers/ledger/index.ts";
import { sayWhatIsLeftOut, testServers } from "../../src/balancers/ledger/testing/test-databases.ts";
import { LoadBalancerMetrics, startLoadBalancerSync } from "../../src/balancers/sync/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { RuntimeMetrics } from "../../src/runtime/index.ts";
import { createLoadBalancerWorld, type LoadBalancerWorld, SETTINGS } from "./load-balancer-world.ts";
import { type OwnServer, startOwnServer, targetOf } from "./own-database-server.ts";

sayWhatIsLeftOut();

for (const { name, dialect, url } of testServers)
  if (dialect !== "sqlite")
    describe.skipIf(url === undefined)(`a server of ${name} that hangs`, () => {
      let server: OwnServer;
      let world: LoadBalancerWorld;
      beforeAll(async () => {
        [server, world] = await Promise.all([
          startOwnServer(dialect, ["localhost"]),
          createLoadBalancerWorld(false),
        ]);
      }, 120_000);
      afterAll(async () => {
        server?.stop();
        await world?.dispose();
      });

      test("RC-05 RC-08 is said by readiness, metric and one incident, while nothing happens in the cluster", async () => {
        await using parts = new AsyncDisposableStack();
        const ledger = await openLedger({
          target: targetOf(server, "127.0.0.1", "query-timeout=2"),
          kernel: systemKernel,
        });
        parts.defer(() => ledger.close());
        const metrics = new RuntimeMetrics();
        const settings = { ...SETTINGS, cluster: "c1" };
        const { client, logger, kernel } = world;
        const lbMetrics = new LoadBalancerMetrics(metrics.registry);
        const sync = await startLoadBalancerSync({
          ...{ client, kernel, ledger, settings, metrics, logger, lbMetrics },
          onRound: keepIncidents({ client, kernel, settings, actor: "test" }),
        });
        parts.defer(() => sync.stop());
        const has = async (line: string) => (await metrics.registry.metrics()).includes(line);
        const unreachable = (value: number) =>
          has(`plexaubnet_lb_unreachable{cluster="c1",side="ledger"} ${value}`);
        const rounds = (result: string) =>
          has(`plexaubnet_lb_rounds_total{cluster="c1",result="${result}"} 0`).then((none) => !none);
        const soon = { timeout: 40_000, interval: 100 };
        await expect.poll(() => rounds("compared"), soon).toBe(true);
        expect([sync.manager.ready(), await unreachable(0)]).toEqual([true, true]);

        await server.hang();
        parts.defer(() => server.goOn());
        await expect.poll(() => sync.manager.ready(), soon).toBe(false);
        expect(sync.manager.whyNotReady()).toContain("does not answer in time");
        expect(sync.manager.healthy()).toBe(true);
        expect(await unreachable(1)).toBe(true);
        await expect.poll(() => rounds("unreachable"), soon).toBe(true);

        server.goOn();
        await expect.poll(() => sync.manager.ready(), soon).toBe(true);
        expect(sync.manager.whyNotReady()).toBeUndefined();
        expect(await unreachable(0)).toBe(true);
        const incidents = () => ledger.incidents("c1").catch(() => []);
        await expect.poll(async () => (await incidents()).length, soon).toBe(1);
        await expect.poll(async () => (await incidents())[0]?.status, soon).toBe("Monitoring");
        expect(await incidents()).toHaveLength(1);
      }, 120_000);
    });
