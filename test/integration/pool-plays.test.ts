/**
 * Pools in use are renamed, split, merged, shrunk, moved, deleted and restored through the API, while a
 * stand-in allocates as MetalLB does. The controller keeps one ledger in sync, and a repair after each play
 * another one; both are on the server of the test.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ledger } from "../../src/balancers/ledger/index.ts";
import {
  createTestDatabase,
  sayWhatIsLeftOut,
  type TestDatabase,
  testServers,
} from "../../src/balancers/ledger/testing/test-databases.ts";
import {
  IP_ADDRESS_POOLS,
  LoadBalancerMetrics,
  METALLB_NAMESPACE,
  previewPlan,
  type RoundContext,
  runRound,
  type SyncSettings,
  startLoadBalancerSync,
} from "../../src/balancers/sync/index.ts";
import { listAll } from "../../src/client/index.ts";
import { startMetalLbStandIn } from "../../src/demo/metallb-stand-in.ts";
import { RuntimeMetrics } from "../../src/runtime/index.ts";
import { createLoadBalancerWorld, type LoadBalancerWorld, SETTINGS } from "./load-balancer-world.ts";

sayWhatIsLeftOut();

const A = "203.0.113";
const B = "198.51.100";
const SPARE = { spare: ["192.0.2.0/28"] };

type Pools = Readonly<Record<string, readonly string[]>>;

interface Play {
  readonly what: string;
  readonly pools: Pools;
  /** `new`: MetalLB keeps every IP. `old`: it takes those that no pool contains meanwhile. */
  readonly first: "new" | "old";
}

const TWO = { two: [`${B}.0/28`, `${A}.2-${A}.7`] };

/** In the first pool three Services have .0 to .2. */
const PLAYS: readonly Play[] = [
  { what: "renamed", first: "new", pools: { a1: [`${A}.0/29`], b: [`${B}.0/28`], ...SPARE } },
  {
    what: "split",
    first: "new",
    pools: { a1: [`${A}.0/31`], a2: [`${A}.2-${A}.7`], b: [`${B}.0/28`], ...SPARE },
  },
  { what: "merged", first: "new", pools: { a1: [`${A}.0/29`], b: [`${B}.0/28`], ...SPARE } },
  { what: "merged into a new one", first: "new", pools: { whole: [`${A}.0/29`, `${B}.0/28`], ...SPARE } },
  {
    what: "split into two new ones",
    first: "new",
    pools: { one: [`${A}.0/29`], two: [`${B}.0/28`], ...SPARE },
  },
  { what: "half of it moved", first: "new", pools: { one: [`${A}.0/31`], ...TWO, ...SPARE } },
  { what: "shrunk under a Service", first: "old", pools: { one: [`${A}.0/32`], ...TWO, ...SPARE } },
  { what: "renamed, and gone meanwhile", first: "old", pools: { uno: [`${A}.0/32`], ...TWO, ...SPARE } },
  {
    what: "moved to other addresses",
    first: "old",
    pools: { uno: [`${A}.64/29`], two: [`${A}.2-${A}.7`], ...SPARE },
  },
  { what: "deleted in use", first: "old", pools: { uno: [`${A}.64/29`], ...SPARE } },
  { what: "restored", first: "old", pools: { uno: [`${A}.64/29`], ...TWO, ...SPARE } },
  { what: "a free one deleted", first: "new", pools: { uno: [`${A}.64/29`], ...TWO } },
];

/** Gone is what one comparison misses: no test waits for five minutes. */
const AT_ONCE: Partial<SyncSettings> = {
  mode: "sync",
  usage: { missingAfterRounds: 1, missingAfterSeconds: 0 },
};

describe.concurrent.each(testServers.filter(({ url }) => url !== undefined))("on $name", (server) => {
  let world: LoadBalancerWorld;
  let parts: AsyncDisposableStack;
  let watched: Ledger;
  let byHand: Ledger;

  async function openAnother(): Promise<Ledger> {
    const database: TestDatabase = await createTestDatabase(server);
    parts.defer(() => database.dispose());
    return database.open();
  }

  beforeEach(async () => {
    parts = new AsyncDisposableStack();
    world = await createLoadBalancerWorld(false);
    parts.defer(() => world.dispose());
    [watched, byHand] = [await openAnother(), await openAnother()];
    const { client, kernel, logger } = world;
    await world.create(`{apiVersion: v1, kind: Namespace, metadata: {name: ${METALLB_NAMESPACE}}}`);
    await world.create("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    const standIn = await startMetalLbStandIn({ client, kernel, logger, metrics: new RuntimeMetrics() });
    parts.defer(() => standIn.stop());
  });
  afterEach(() => parts.disposeAsync());

  const contextOf = (ledger: Ledger): RoundContext => ({ ...world.context(AT_ONCE), ledger });

  /** Pools of the cluster become these. */
  async function arrange({ pools, first }: Pick<Play, "pools" | "first">): Promise<void> {
    const { client } = world;
    const place = (name: string) => ({ namespace: METALLB_NAMESPACE, name });
    const { items } = await listAll(client, IP_ADDRESS_POOLS);
    const there = new Set(items.map(({ metadata }) => metadata.name));
    const remove = async () => {
      for (const name of there) if (!(name in pools)) await client.delete(IP_ADDRESS_POOLS, place(name));
    };
    if (first === "old") await remove();
    for (const [name, addresses] of Object.entries(pools)) {
      if (there.has(name))
        await client.patch(IP_ADDRESS_POOLS, place(name), "merge", { spec: { addresses } });
      else {
        const object = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: place(name) };
        await client.create(IP_ADDRESS_POOLS, {
          ...object,
          spec: { addresses, autoAssign: name !== "spare" },
        });
      }
    }
    if (first === "new") await remove();
  }

  /** `NAME IP`, when the stand-in has done what is to be done: each Service has an IP of a pool of these. */
  function served(count: number): Promise<readonly string[]> {
    return world.until("every Service has an IP of a pool", async () => {
      const { plan, sides } = await previewPlan(contextOf(byHand));
      const isOutside = plan.drift.some(({ kind }) => kind === "ip-outside-every-pool");
      const { balancers } = sides.cluster;
      return (
        balancers.length === count && !isOutside && balancers.map(({ service, ip }) => `${service} ${ip}`)
      );
    });
  }

  /** The ledger has each IP that is used, as one record, against the pool that holds it. */
  async function expectRecorded(ledger: Ledger, used: readonly string[], what: string): Promise<void> {
    const usages = await ledger.usages("default");
    expect(usages.map(({ service, ip }) => `${service} ${ip}`).sort(), what).toEqual([...used].sort());
    for (const { ip, poolId, state } of usages) {
      expect(state, what).toBe("active");
      expect(await ledger.findPoolByIp("default", ip), what).toMatchObject({ pool: { id: poolId } });
    }
  }

  test("RC-04 RC-05 a life of pools in use beside a controller that allocates: no difference after one repair each, watched and by hand", async () => {
    const { client, kernel, logger } = world;
    const metrics = new RuntimeMetrics();
    const sync = await startLoadBalancerSync({
      ...{ client, ledger: watched, kernel, logger, metrics },
      lbMetrics: new LoadBalancerMetrics(metrics.registry),
      settings: { ...SETTINGS, ...AT_ONCE },
    });
    parts.defer(() => sync.stop());
    await arrange({ first: "new", pools: { a: [`${A}.0/29`], b: [`${B}.0/28`], ...SPARE } });
    for (const name of ["s1", "s2", "s3"]) {
      const spec = "{type: LoadBalancer, ports: [{port: 80}]}";
      await world.create(
        `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: shop}, spec: ${spec}}`,
      );
    }
    let before: readonly string[] = [];
    for (const play of [undefined, ...PLAYS]) {
      const what = play?.what ?? "made";
      if (play !== undefined) await arrange(play);
      const used = await served(3);
      if (play?.first === "new") expect(used, what).toEqual(before);
      before = used;
      await world.until(`the watched ledger is in step, ${what}`, async () => {
        const { plan } = await previewPlan(contextOf(watched));
        return plan.drift.length === 0 && (await watched.usages("default")).length === used.length;
      });
      await expectRecorded(watched, used, `watched, ${what}`);
      const repaired = await runRound(contextOf(byHand));
      expect(repaired, `by hand, ${what}`).toMatchObject({
        result: "compared",
        drift: [],
        plan: { refused: [] },
      });
      await expectRecorded(byHand, used, `by hand, ${what}`);
      expect(await runRound(contextOf(byHand)), `again, ${what}`).toMatchObject({ plan: { steps: [] } });
    }
  });
});
