/**
 * Ledger and cluster on the example: what differs is found, explained by steps, repaired, and then in step.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  applyPlan,
  IP_ADDRESS_POOLS,
  LoadBalancerMetrics,
  previewPlan,
  type RoundDone,
  type RoundResult,
  runRound,
  SERVICES,
  savePlan,
  startLoadBalancerSync,
} from "../../src/balancers/sync/index.ts";
import type { KubeClient, Resource } from "../../src/client/index.ts";
import { RuntimeMetrics } from "../../src/runtime/index.ts";
import { createLoadBalancerWorld, type LoadBalancerWorld, SETTINGS } from "./load-balancer-world.ts";

const FIVE = [
  "pool-missing-in-ledger:pool/gpu-public",
  "pool-missing-in-cluster:pool/old-dc",
  "range-differs:pool/public-b:addresses",
  "usage-unrecorded:service/gpu/inference/192.0.2.64",
  "usage-gone:service/shop/old-checkout/203.0.113.9",
];

function ids(round: RoundResult): readonly string[] {
  expect(round).toMatchObject({ result: "compared" });
  return (round as RoundDone).drift.map(({ id }) => id);
}

describe("on the example", () => {
  let world: LoadBalancerWorld;
  beforeEach(async () => {
    world = await createLoadBalancerWorld();
  });
  afterEach(() => world.dispose());

  test("RC-03 RC-06 the five planted differences are found, and nothing else", async () => {
    const { plan } = await previewPlan(world.context());
    expect(plan.drift.map(({ id }) => id)).toEqual(FIVE);
  });

  test("RC-02 a round that only observes records the unrecorded load balancer as discovered, and changes no pool", async () => {
    const before = await world.ledger.pools("default");
    expect(ids(await runRound(world.context({ mode: "observe" })))).toEqual(FIVE);
    expect(await world.ledger.pools("default")).toEqual(before);
    const usages = await world.ledger.usages("default");
    expect(usages.find(({ service }) => service === "inference")).toMatchObject({
      state: "discovered",
      poolId: undefined,
      poolName: "gpu-public",
      ip: "192.0.2.64",
    });
  });

  test("RC-04 RC-06 one round in mode sync repairs all five, each with its audit row", async () => {
    const round = await runRound(world.context({ mode: "sync" }));
    expect(ids(round)).toEqual([]);
    expect(round).toMatchObject({ applied: { result: "applied", steps: 5, remaining: [] } });
    const { plan } = round as RoundDone;
    const rows = await world.ledger.audit({ planHash: plan.hash });
    expect(rows.map(({ action, subject }) => `${action} ${subject}`).sort()).toEqual(
      ["plan.applied", "plan.applying", "plan.save"]
        .map((action) => `${action} plan/${plan.id}`)
        .concat([
          "pool.create pool/gpu-public",
          "pool.delete pool/old-dc",
          "pool.update pool/public-b",
          "usage.active service/gpu/inference/192.0.2.64",
          "usage.released service/shop/old-checkout/203.0.113.9",
        ]),
    );
    expect(await world.ledger.findPoolByIp("default", "192.0.2.64")).toMatchObject({
      result: "found",
      pool: { name: "gpu-public" },
    });
  });

  test("RC-05 each mode does what it allows and no more", async () => {
    const verbs = async (mode: "create-only" | "upsert") => {
      const { plan } = await previewPlan(world.context({ mode }));
      return plan.steps.map(({ verb }) => verb);
    };
    expect(await verbs("create-only")).toEqual(["create", "create"]);
    expect(await verbs("upsert")).toEqual(["create", "update", "create", "delete"]);
  });

  test("RC-05 with the ledger as the truth MetalLB's pools follow it, by fields that we own", async () => {
    const truth = { pools: "ledger", autoAssign: "ledger", avoidBuggyIPs: "ledger" } as const;
    const round = await runRound(world.context({ mode: "upsert", truth }));
    expect(round).toMatchObject({ applied: { result: "applied" } });
    const pool = await world.client.get(IP_ADDRESS_POOLS, { namespace: "metallb-system", name: "public-b" });
    expect(pool.spec.addresses).toEqual(["198.51.100.0/28"]);
    expect(pool.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: "plexaubnet-ledger", operation: "Apply" }),
    );
    const created = await world.client.get(IP_ADDRESS_POOLS, { namespace: "metallb-system", name: "old-dc" });
    expect(created.spec.addresses).toEqual(["192.0.2.128/27"]);
  });

  test("RC-05 a guard keeps a pool of the cluster that has a Service, and reports which", async () => {
    const truth = { pools: "ledger", autoAssign: "ledger", avoidBuggyIPs: "ledger" } as const;
    const { plan } = await previewPlan(world.context({ mode: "sync", truth }));
    expect(plan.refused.map(({ guard, step }) => `${guard} ${step.subject}`)).toContain(
      "in-use pool/gpu-public",
    );
  });

  test("RC-05 a plan applied twice, edited, or gone stale changes nothing and reports it", async () => {
    const context = world.context({ mode: "sync" });
    const { plan } = await previewPlan(context);
    await savePlan(plan, context);
    const edited = { ...plan, steps: plan.steps.slice(1) };
    expect(await applyPlan(edited, context)).toMatchObject({
      result: "refused",
      message: expect.stringContaining("was changed after"),
    });
    expect(await applyPlan(plan, context)).toMatchObject({ result: "applied" });
    expect(await applyPlan(plan, context)).toMatchObject({
      result: "refused",
      message: expect.stringContaining("was applied at"),
    });
    await world.client.patch(IP_ADDRESS_POOLS, { namespace: "metallb-system", name: "public-b" }, "merge", {
      spec: { addresses: ["198.51.100.0/26"] },
    });
    const late = (await previewPlan(context)).plan;
    await savePlan(late, context);
    await world.client.patch(IP_ADDRESS_POOLS, { namespace: "metallb-system", name: "public-b" }, "merge", {
      spec: { addresses: ["198.51.100.0/25"] },
    });
    const before = await world.ledger.pools("default");
    expect(await applyPlan(late, context)).toMatchObject({
      result: "refused",
      message: expect.stringContaining("has changed since"),
    });
    expect(await world.ledger.pools("default")).toEqual(before);
  });

  test("RC-05 of two replicas that apply one plan, one does and the other reports it", async () => {
    const context = world.context({ mode: "sync" });
    const { plan } = await previewPlan(context);
    await savePlan(plan, context);
    const results = await Promise.all([applyPlan(plan, context), applyPlan(plan, context)]);
    expect(results.map(({ result }) => result).sort()).toEqual(["applied", "refused"]);
    const applied = (await world.ledger.audit({ planHash: plan.hash })).filter(
      ({ action }) => action === "pool.create",
    );
    expect(applied).toHaveLength(1);
  });

  test.each([
    ["an empty list", 0],
    ["half of a list", 1],
  ])("RC-05 %s of pools from a broken API removes nothing", async (_, kept) => {
    await runRound(world.context({ mode: "sync" }));
    const before = await world.ledger.pools("default");
    const round = await runRound(
      world.context({ mode: "sync" }, broken(world.client, IP_ADDRESS_POOLS, kept)),
    );
    if (kept === 0)
      expect(round).toMatchObject({
        result: "not-believed",
        message: expect.stringContaining("is rejected"),
      });
    else
      expect((round as RoundDone).plan.refused.map(({ guard }) => guard)).toEqual(
        expect.arrayContaining(["in-use"]),
      );
    expect(await world.ledger.pools("default")).toEqual(before);
  });

  test("RC-05 an API that cannot be read ends the round, and nothing is changed", async () => {
    const failing: KubeClient = {
      ...bound(world.client),
      list: () => Promise.reject(Object.assign(new Error("down"), { name: "UnreachableError" })),
    };
    const before = (await world.ledger.audit()).length;
    expect(await runRound(world.context({ mode: "sync" }, failing))).toMatchObject({
      result: "unreachable",
      side: "cluster",
    });
    expect(await world.ledger.audit()).toHaveLength(before);
  });

  test("RC-05 a Service in a pool that the ledger lacks is reported and recorded within 5 s of the event", async () => {
    const rounds: RoundResult[] = [];
    const metrics = new RuntimeMetrics();
    const lbMetrics = new LoadBalancerMetrics(metrics.registry);
    const { client, ledger, kernel, logger } = world;
    const onRound = async (round: RoundResult) => void rounds.push(round);
    const sync = await startLoadBalancerSync({
      client,
      ledger,
      kernel,
      logger,
      metrics,
      lbMetrics,
      settings: SETTINGS,
      onRound,
    });
    await world.until("a first round", async () => rounds.length > 0);
    await world.create(
      `{apiVersion: v1, kind: Service, metadata: {name: training, namespace: gpu, annotations: {metallb.io/address-pool: gpu-public}}, spec: {type: LoadBalancer, ports: [{port: 1}]}}`,
    );
    const wanted = "usage-unrecorded:service/gpu/training/192.0.2.65";
    await world.until("the drift is seen", async () => rounds.some((round) => ids(round).includes(wanted)));
    expect(await ledger.usages("default")).toContainEqual(
      expect.objectContaining({ service: "training", state: "discovered" }),
    );
    const service = await client.get(SERVICES, { namespace: "gpu", name: "training" });
    expect(service.status?.loadBalancer?.ingress).toHaveLength(1);
    expect(await metrics.registry.metrics()).toContain(
      'plexaubnet_lb_unrecorded_load_balancers{cluster="default"} 2',
    );
    await sync.stop();
  });
});

function bound(client: KubeClient): KubeClient {
  const names = ["get", "list", "create", "update", "patch", "delete", "watch", "raw", "close"] as const;
  return Object.fromEntries(
    names.map((name) => [name, (client[name] as () => unknown).bind(client)]),
  ) as unknown as KubeClient;
}

/** Answers a list of this kind with so many of its objects. */
function broken(client: KubeClient, resource: Resource, kept: number): KubeClient {
  const whole = bound(client);
  const list: KubeClient["list"] = async (asked, options) => {
    const answer = await whole.list(asked, options);
    return asked.plural === resource.plural ? { ...answer, items: answer.items.slice(0, kept) } : answer;
  };
  return { ...whole, list };
}
