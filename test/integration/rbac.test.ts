/**
 * The operator with the rights that it is installed with, under RBAC: everything works, nothing is forbidden,
 * and nothing is granted that is not used, by the operator as a whole and by each of its controllers.
 */
import { request } from "undici";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import { createMemoryStore } from "../../src/apiserver/index.ts";
import { createTestDatabase } from "../../src/balancers/ledger/testing/test-databases.ts";
import { INSTALLED } from "../../src/cli/install/names.ts";
import { operatorRbac, userRbac } from "../../src/cli/install/rbac-manifests.ts";
import { type AnyObject, createClient, type KubeClient } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import type * as Controllers from "../../src/operator/controllers/index.ts";
import {
  CLUSTER_RIGHTS,
  HOME_RIGHTS,
  LEASE_NAME,
  OPERATOR_RIGHTS,
  type PartRights,
  unionOf,
  webhookConfiguration,
} from "../../src/operator/index.ts";
import { MODE, testOfOneProcess } from "./failover/mode.ts";
import { FleetWorld, type RunningOperator, reasonOf } from "./fleet-world.ts";
import { goPool, goPoolClaim } from "./go-operator-objects.ts";
import { HistoryWorld } from "./history-world.ts";
import { rightsUsedBy, usesOf } from "./recorded-controllers.ts";
import { recordingClient } from "./recording-client.ts";

// They do what they always do; it is noted whose it was.
vi.mock("../../src/operator/controllers/index.ts", async (importOriginal) => {
  const { operatorControllers } = await importOriginal<typeof Controllers>();
  const { recorded } = await import("./recorded-controllers.ts");
  const build: typeof operatorControllers = (...args) => recorded(operatorControllers, ...args);
  return { operatorControllers: build };
});

const { namespace: HOME, operator: ACCOUNT } = INSTALLED;

/** Answers 403 that the operator got, and what it was asked to do. */
const forbidden: string[] = [];
/** What its client was asked to do → how often. */
const requests = new Map<string, number>();
const note = (right: string) => requests.set(right, (requests.get(right) ?? 0) + 1);

let world: FleetWorld;
let operator: RunningOperator;
let client: KubeClient;
let webhookPort = 0;
beforeAll(async () => {
  world = await FleetWorld.start(createMemoryStore(), {
    authorization: "RBAC",
    resolveService: () => (webhookPort === 0 ? undefined : `https://127.0.0.1:${webhookPort}`),
  });
  await createAll([{ apiVersion: "v1", kind: "Namespace", metadata: { name: HOME } }]);
  await createAll([...operatorRbac({ namespace: HOME }), ...userRbac()]);
  const service = { namespace: HOME, name: INSTALLED.webhookService, port: 443 };
  await createAll([webhookConfiguration({ service })]);
  client = recordingClient(
    createClient(
      {
        server: world.server.url,
        ca: world.server.identity.caCertificate,
        auth: { token: await tokenOf(ACCOUNT) },
      },
      {
        kernel: systemKernel,
        onRequest: ({ code, method }) => {
          if (code === 403) forbidden.push(method);
        },
      },
    ),
    { add: note },
  );
  await goPool(world, "corp", "10.64.0.0/16");
  await goPoolClaim(world, "taken-over", "corp", "10.64.16.0/20");
  await goPoolClaim(world, "unfinished", "corp", undefined);
  operator = await world.startOperator({
    client,
    endpoints: { port: 0 },
    webhook: { port: 0, namespace: HOME, serviceHosts: [`${INSTALLED.webhookService}.${HOME}.svc`] },
    leaderElection: {
      namespace: HOME,
      name: LEASE_NAME,
      identity: "a",
      leaseDurationMs: 60_000,
      renewDeadlineMs: 40_000,
      retryPeriodMs: 50,
    },
  });
  webhookPort = Number(new URL(operator.webhookUrl ?? "").port);
});
afterAll(async () => {
  await world.stop();
  await client.close();
});

const PLURALS: Readonly<Record<string, string>> = {
  ServiceAccount: "serviceaccounts",
  Namespace: "namespaces",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
};

async function createAll(objects: readonly AnyObject[]): Promise<void> {
  for (const object of objects) {
    const [group = "", version = ""] = object.apiVersion.includes("/")
      ? object.apiVersion.split("/")
      : ["", object.apiVersion];
    const plural = PLURALS[object.kind] ?? "";
    const { kind } = object;
    const namespaced = object.metadata.namespace !== undefined;
    await world.client.create({ group, version, kind, plural, namespaced }, object);
  }
}

async function tokenOf(account: string): Promise<string> {
  const path = `/api/v1/namespaces/${HOME}/serviceaccounts/${account}/token`;
  const answer = (await world.client.raw("POST", path, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  })) as { status: { token: string } };
  return answer.status.token;
}

test("PS-13 claims, pools, nesting, retention and their ends work with the installed rights", async () => {
  await world.pool("prod", "10.0.0.0/16", { reclaimPolicy: "Retain" });
  await world.claim("payments", "prod");
  const { allocatedCIDR } = (await world.bound("payments")).status ?? {};
  await world.claim("waits", "prod", { requestedCIDR: allocatedCIDR ?? "" });
  await world.until(SUBNET_CLAIMS, "waits", (claim) => reasonOf(claim) === "BlockTaken");
  // Released, kept, and taken up again by the next claim of its identity.
  await world.delete(SUBNET_CLAIMS, "waits");
  await world.delete(SUBNET_CLAIMS, "payments");
  await world.untilAll(SUBNETS, (all) => [...all.values()].some((one) => one.status?.phase === "Released"));
  await world.claim("payments", "prod");
  expect((await world.bound("payments")).status?.allocatedCIDR).toBe(allocatedCIDR);
  // A pool by claim, and one by hand.
  await world.poolClaim("team", "prod", 20);
  await world.until(SUBNET_POOL_CLAIMS, "team", (claim) => claim.status?.phase === "Bound");
  await world.pool("by-hand", "10.0.128.0/20", { parentRef: { name: "prod" } });
  await world.poolShows("prod", (status) => status.childPools?.count === 2);
  await world.claim("inner", "team");
  await world.bound("inner");
  // The end, guarded.
  await world.delete(SUBNET_POOL_CLAIMS, "team");
  await world.delete(SUBNET_CLAIMS, "inner");
  await world.untilGone(SUBNET_POOL_CLAIMS, "team");
  await world.delete(SUBNET_POOLS, "by-hand");
  await world.untilGone(SUBNET_POOLS, "by-hand");
  await world.recorded(({ reason }) => reason === "SubnetReleased");
  await world.recorded(({ reason }) => reason === "SubnetAllocated");
});

test("PS-13 a Subnet whose claim went while the operator was away is deleted", async () => {
  await world.pool("plain", "10.8.0.0/16");
  await world.claim("orphan", "plain");
  await world.bound("orphan");
  const [subnet] = (await world.list(SUBNETS)).filter(({ spec }) => spec.poolRef === "plain");
  expect(subnet?.metadata.ownerReferences).toBeUndefined();
  await world.delete(SUBNET_CLAIMS, "orphan");
  await world.poolShows("plain", (status) => status.allocatedCount === 0);
});

test("PS-13 a hand-made Subnet that comes too late fails, and events repeat", async () => {
  await world.pool("events", "10.9.0.0/24");
  await world.claim("first", "events");
  await world.bound("first");
  for (const name of ["second", "third"]) {
    await world.claim(name, "events");
    await world.until(SUBNET_CLAIMS, name, (claim) => reasonOf(claim) === "PoolExhausted");
  }
  // Let in, since the webhook cannot be reached.
  webhookPort = 0;
  await world.subnet("late", "events", "10.9.0.0/24");
  await world.until(SUBNETS, "late", (subnet) => subnet.status?.phase === "Failed");
});

test("PS-13 the endpoints ask the API server who calls", async () => {
  await createAll([
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "stranger", namespace: HOME } },
  ]);
  const codeFor = (token: string) =>
    world.steadily(async () => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await request(`${operator.endpointsUrl}/metrics`, { headers });
      await answer.body.dump();
      return answer.statusCode;
    });
  expect(await codeFor(world.server.identity.token)).toBe(200);
  expect(await codeFor(await tokenOf("stranger"))).toBe(403);
});

test("PS-13 what the Go operator left is taken over with the installed rights", async () => {
  for (const name of ["taken-over", "unfinished"])
    await world.until(SUBNET_POOL_CLAIMS, name, (claim) => reasonOf(claim) === "Bound");
});

test("PS-13 a claim gives back what it asks for no more", async () => {
  const { metadata } = await world.claim("moved", "nowhere");
  await world.pool("former", "10.10.0.0/16");
  const claimRef = { name: metadata.name, uid: metadata.uid ?? "" };
  await world.subnet("stray", "former", "10.10.0.0/24", { claimRef });
  await world.untilGone(SUBNETS, "stray");
});

test("PS-13 a child pool takes more of its parent, and gives it back", async () => {
  const resize = (cidr: string) => world.merge(SUBNET_POOLS, "grows", { spec: { cidr } });
  const held = (count: number) =>
    world.untilAll(SUBNETS, (all) => {
      const pieces = [...all.values()].filter(({ spec }) => spec.poolRef === "land");
      return pieces.length === count && pieces.every(({ status }) => status?.phase === "Allocated");
    });
  await world.pool("land", "10.12.0.0/16");
  await world.pool("grows", "10.12.0.0/24", { parentRef: { name: "land" } });
  await held(1);
  await resize("10.12.0.0/23");
  await held(2);
  await resize("10.12.0.0/24");
  await held(1);
});

test("PS-13 a pool that is what a claim asks for is adopted", async () => {
  await world.pool("land-adopted", "10.13.0.0/16");
  await world.pool("adopted", "10.13.16.0/20", { parentRef: { name: "land-adopted" } });
  await world.poolClaim("adopted", "land-adopted", 20);
  await world.until(SUBNET_POOL_CLAIMS, "adopted", (claim) => reasonOf(claim) === "Bound");
});

test("PS-13 the history is recorded with the installed rights", async () => {
  const database = await createTestDatabase({ name: "SQLite", dialect: "sqlite", url: "sqlite:" });
  const history = await HistoryWorld.open(world, database);
  history.start({ client });
  await world.steadily(() => history.untilCaughtUp());
  await history.close();
  await database.dispose();
});

/** What is granted for cases that no test brings about, and why. */
const UNSEEN: Readonly<Record<string, string>> = {
  "get subnetpools": "reads whether a write whose answer was lost was carried out",
  "get subnets": "the same",
  "get subnetpoolclaims": "the same",
  "patch events": "counts an event that repeats",
  "update secrets": "renews the webhook's certificate, after months",
};

function grantedBy(parts: readonly PartRights[]): readonly string[] {
  return unionOf(parts).flatMap(({ resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
  );
}

test("PS-13 nothing was forbidden, and nothing is granted that is not used", async () => {
  await world.stopOperator(operator);
  expect(forbidden).toEqual([]);
  const granted = grantedBy([...OPERATOR_RIGHTS, ...CLUSTER_RIGHTS, ...HOME_RIGHTS]);
  expect(granted.filter((right) => !requests.has(right) && UNSEEN[right] === undefined)).toEqual([]);
  expect([...requests.keys()].filter((right) => !granted.includes(right))).toEqual([]);
});

const CONTROLLERS = ["SubnetClaim", "Subnet", "SubnetPoolClaim", "SubnetPool", "PoolStatus"];

test.each(CONTROLLERS)("PS-13 the rights of the controller %s are what it uses", (controller) => {
  const parts = OPERATOR_RIGHTS.filter(({ part }) => part === controller);
  const granted = [...grantedBy(parts)].sort();
  const used = rightsUsedBy(controller);
  expect(used.filter((right) => !granted.includes(right))).toEqual([]);
  // What a replica had under way when it was killed was done, and never noted.
  if (MODE === "one") expect(used).toEqual(granted);
});

test("PS-01 of all controllers only PoolStatus writes the status of pools, and it writes nothing else", () => {
  expect([...usesOf("patch subnetpools/status").keys()]).toEqual(["PoolStatus"]);
  const writes = rightsUsedBy("PoolStatus").filter((right) => !/^(get|list|watch) /.test(right));
  expect(writes).toEqual(["patch subnetpools/status"]);
});

testOfOneProcess("what a replica had under way when it was killed was sent and never answered")(
  "PS-01 no status of a pool is written by anything that is not a controller",
  () => {
    const byControllers = usesOf("patch subnetpools/status").get("PoolStatus");
    expect(requests.get("patch subnetpools/status")).toBe(byControllers);
  },
);
