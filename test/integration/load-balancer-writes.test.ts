/**
 * What the ledger half writes to the cluster: conditional on what it was decided on, and only while it leads.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  applyPlan,
  IP_ADDRESS_POOLS,
  LoadBalancerMetrics,
  previewPlan,
  type RoundResult,
  runRound,
  type SyncPlan,
  savePlan,
  startLoadBalancerSync,
} from "../../src/balancers/sync/index.ts";
import {
  ApiError,
  ConfigError,
  type KubeClient,
  LostAnswerError,
  UnreachableError,
} from "../../src/client/index.ts";
import { leases, RuntimeMetrics } from "../../src/runtime/index.ts";
import { createLoadBalancerWorld, type LoadBalancerWorld, SETTINGS } from "./load-balancer-world.ts";

const LEDGER_IS_RIGHT = {
  mode: "sync",
  truth: { pools: "ledger", autoAssign: "ledger", avoidBuggyIPs: "ledger" },
} as const;
const IN_METALLB = { namespace: "metallb-system" } as const;
const POOL = { ...IN_METALLB, name: "public-b" } as const;

let world: LoadBalancerWorld;
beforeEach(async () => {
  world = await createLoadBalancerWorld();
});
afterEach(() => world.dispose());

const WRITES = ["create", "update", "patch", "delete"];

type Write = readonly [verb: string, name: string, conditions: object];

/** A client that reports its writes of pools before they are sent, and may do something first. */
function observed(
  client: KubeClient,
  writes: Write[],
  before?: (verb: string) => Promise<unknown>,
): KubeClient {
  return new Proxy(client, {
    get(target, verb: string) {
      const method = (target[verb as keyof KubeClient] as (...all: unknown[]) => Promise<unknown>).bind(
        target,
      );
      return async (...all: unknown[]) => {
        const [resource, second, third, fourth, fifth] = all as readonly (
          | Record<string, unknown>
          | undefined
        )[];
        const options = verb === "patch" ? fifth : third;
        if ((resource as unknown) === IP_ADDRESS_POOLS && WRITES.includes(verb) && options?.dryRun !== true) {
          await before?.(verb);
          const named = verb === "create" ? second?.metadata : second;
          const given = (verb === "patch" ? fourth?.metadata : third) as Record<string, unknown> | undefined;
          const { uid, resourceVersion } = given ?? {};
          writes.push([verb, (named as { readonly name: string }).name, { uid, resourceVersion }]);
        }
        return method(...all);
      };
    },
  });
}

/** A plan that changes public-b, makes old-dc and removes a pool of ours. */
async function plannedFor(context: ReturnType<LoadBalancerWorld["context"]>): Promise<SyncPlan> {
  await world.client.patch(
    IP_ADDRESS_POOLS,
    { ...IN_METALLB, name: "spare" },
    "apply",
    {
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata: { ...IN_METALLB, name: "spare" },
      spec: { addresses: ["198.18.0.0/28"] },
    },
    { fieldManager: "plexaubnet-ledger" },
  );
  const { plan } = await previewPlan(context);
  await savePlan(plan, context);
  return plan;
}

const poolOf = (name: string) => world.client.get(IP_ADDRESS_POOLS, { ...IN_METALLB, name });

test("RC-05 every change and deletion of a pool carries the uid and resourceVersion that the plan was made from", async () => {
  const writes: Write[] = [];
  const context = world.context(LEDGER_IS_RIGHT, observed(world.client, writes));
  const plan = await plannedFor(context);
  const states = new Map(
    await Promise.all(
      ["public-b", "spare"].map(async (name) => {
        const { uid, resourceVersion } = (await poolOf(name)).metadata;
        return [name, { uid, resourceVersion }] as const;
      }),
    ),
  );
  expect(await applyPlan(plan, context)).toMatchObject({ result: "applied" });
  expect(writes).toContainEqual(["patch", "public-b", states.get("public-b")]);
  expect(writes).toContainEqual(["delete", "spare", states.get("spare")]);
  // Not by apply, which would overwrite one that came in between.
  expect(writes.filter(([, name]) => name === "old-dc").map(([verb]) => verb)).toEqual(["create"]);
});

test.each([
  "patch",
  "delete",
  "create",
])("RC-05 a pool that is changed between the last look and the %s is left as it is, and the plan is called stale", async (verb) => {
  const names = { patch: "public-b", delete: "spare", create: "old-dc" };
  const name = names[verb as keyof typeof names];
  const addresses = ["198.51.100.128/25"];
  let isTouched = false;
  const touch = async (sent: string) => {
    if (sent !== verb || isTouched) return;
    isTouched = true;
    const target = { ...IN_METALLB, name };
    const spec = { addresses };
    if (verb === "patch") return world.client.patch(IP_ADDRESS_POOLS, target, "merge", { spec });
    if (verb === "delete") await world.client.delete(IP_ADDRESS_POOLS, target);
    const made = { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: target, spec };
    return world.client.create(IP_ADDRESS_POOLS, made);
  };
  const context = world.context(LEDGER_IS_RIGHT, observed(world.client, [], touch));
  const plan = await plannedFor(context);
  const result = await applyPlan(plan, context);
  expect(result).toMatchObject({
    result: "failed",
    message: expect.stringMatching(/has changed since .* make a new one/),
  });
  expect(isTouched).toBe(true);
  expect((await poolOf(name)).spec.addresses).toEqual(addresses);
  expect(await world.ledger.plan(plan.id)).toMatchObject({ state: "failed" });
});

test("RC-05 a plan whose pool was written since, if only its status or a label, is refused, and nothing is changed", async () => {
  const writes: Write[] = [];
  const context = world.context(LEDGER_IS_RIGHT, observed(world.client, writes));
  const plan = await plannedFor(context);
  await world.client.patch(IP_ADDRESS_POOLS, POOL, "merge", { metadata: { labels: { a: "b" } } });
  expect(await applyPlan(plan, context)).toMatchObject({
    result: "refused",
    stale: true,
    message: expect.stringContaining("pool/public-b of the cluster has changed since"),
  });
  expect(writes).toEqual([]);
});

test.each([
  [
    "a proxy's HTML",
    () => new ConfigError("https://x (server of y) is not a Kubernetes API: it returned 200 with text/html"),
  ],
  ["credentials that cannot be had", () => new ConfigError("the command aws of the kubeconfig failed")],
  ["a lost answer", () => new LostAnswerError("the connection broke")],
  ["no connection", () => new UnreachableError("connection refused")],
  ["a refusal", () => new ApiError(403, { reason: "Forbidden", message: "no" })],
  ["a name that is none", () => new TypeError('"a/b" cannot be part of a path')],
  ["what nobody foresaw", () => "gone"],
])("RC-05 RC-08 %s ends a round as unreachable, with its metric and a reason for its incident", async (_, failure) => {
  const failing = new Proxy(world.client, {
    get: (target, name: keyof KubeClient) =>
      name === "list" ? () => Promise.reject(failure()) : (target[name] as () => unknown).bind(target),
  });
  const round = await runRound(world.context({ mode: "sync" }, failing));
  expect(round).toMatchObject({ result: "unreachable", side: "cluster" });
  const metrics = new RuntimeMetrics();
  const lbMetrics = new LoadBalancerMetrics(metrics.registry);
  lbMetrics.begin("default");
  lbMetrics.round("default", round);
  expect(await metrics.registry.metrics()).toContain(
    'plexaubnet_lb_rounds_total{cluster="default",result="unreachable"} 1',
  );
});

test.each([
  ["null", [null]],
  ["without metadata", [{}]],
  ["without a spec", [{ metadata: { name: "a" } }]],
  ["with addresses that are none", [{ metadata: { name: "a" }, spec: { addresses: "10.0.0.0/8" } }]],
])("RC-05 a list of pools with one that is %s ends a round as unreachable", async (_, items) => {
  const client = new Proxy(world.client, {
    get: (target, name: keyof KubeClient) =>
      name === "list"
        ? async () => ({ apiVersion: "v1", kind: "List", metadata: { resourceVersion: "1" }, items })
        : (target[name] as () => unknown).bind(target),
  });
  const before = await world.ledger.pools("default");
  expect(await runRound(world.context({ mode: "sync" }, client))).toMatchObject({
    result: "unreachable",
    side: "cluster",
  });
  expect(await world.ledger.pools("default")).toEqual(before);
});

test("RC-05 an answer that is lost in the middle of a plan ends the plan as failed", async () => {
  const lost = async (verb: string) => {
    if (verb === "patch") throw new LostAnswerError("the connection broke");
  };
  const round = await runRound(world.context(LEDGER_IS_RIGHT, observed(world.client, [], lost)));
  expect(round).toMatchObject({ result: "unreachable", side: "cluster" });
  const [plan] = await world.ledger.plans("default", 1);
  expect(plan).toMatchObject({ state: "failed", result: expect.stringContaining("the connection broke") });
});

test("RC-05 a replica whose lease another one took in the middle of a round writes nothing more, to neither side", async () => {
  const lease = { namespace: "metallb-system", name: "plexaubnet-ledger" };
  const writes: Write[] = [];
  const rounds: RoundResult[] = [];
  const fatal = Promise.withResolvers<Error>();
  const untouched = (await poolOf("public-b")).spec.addresses;
  let audited: number | undefined;
  const steal = async () => {
    if (audited !== undefined) return;
    audited = (await world.ledger.audit({ limit: 1000 })).length;
    // By a patch, which no renewal blocks.
    await world.client.patch(leases, lease, "merge", { spec: { holderIdentity: "another" } });
    await fatal.promise;
  };
  const metrics = new RuntimeMetrics();
  const { ledger, kernel, logger } = world;
  const sync = await startLoadBalancerSync({
    client: observed(world.client, writes, steal),
    ...{ ledger, kernel, logger, metrics },
    lbMetrics: new LoadBalancerMetrics(metrics.registry),
    settings: { ...SETTINGS, ...LEDGER_IS_RIGHT },
    leaderElection: {
      ...lease,
      identity: "me",
      retryPeriodMs: 50,
      renewDeadlineMs: 5_000,
      leaseDurationMs: 6_000,
    },
    onFatal: (error) => fatal.resolve(error),
    onRound: async (round) => void rounds.push(round),
  });
  await fatal.promise;
  await sync.stop();
  expect(audited).toBeGreaterThan(0);
  // The first write was on its way when the lease was taken: none follows it.
  expect(writes.length).toBeLessThanOrEqual(1);
  expect(await ledger.audit({ limit: 1000 })).toHaveLength(audited ?? -1);
  expect(rounds).toEqual([]);
  expect((await poolOf("public-b")).spec.addresses).toEqual(untouched);
});
