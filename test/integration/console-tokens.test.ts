import { afterAll, beforeAll, expect, test } from "vitest";
import { API_VERSION, GROUP, SUBNET_POOLS } from "../../src/api/index.ts";
import { createMemoryStore } from "../../src/apiserver/index.ts";
import type { AnyObject } from "../../src/client/index.ts";
import type {
  ChangeEvent,
  PoolsAnswer,
  SearchAnswer,
  SessionAnswer,
  WhatIfAnswer,
} from "../../src/console/answers.ts";
import { CLUSTER_ROLES, NAMESPACES, ROLE_BINDINGS, SERVICE_ACCOUNTS } from "../../src/kube/index.ts";
import { type ConsoleWorld, consoleWorld, eventsOf } from "./console-world.ts";
import { FleetWorld, NAMESPACE } from "./fleet-world.ts";

const RBAC = "rbac.authorization.k8s.io";
const OTHER = "other";
let world: FleetWorld;
let web: ConsoleWorld;
/**
 * Of a service account that may list in the namespace `fleet`, of one that may create claims there too, and
 * of one that may nothing.
 */
let tokens: Readonly<Record<"reader" | "claimer" | "nobody", string>>;

beforeAll(async () => {
  world = await FleetWorld.start(createMemoryStore(), { authorization: "RBAC" });
  await world.client.create(NAMESPACES, object("v1", "Namespace", OTHER));
  await role("reader", ["get", "list", "watch"], ["*"]);
  await role("claimer", ["create"], ["subnetclaims"]);
  tokens = {
    reader: await account("reader", ["reader"]),
    claimer: await account("claimer", ["reader", "claimer"]),
    nobody: await account("nobody", []),
  };
  // One that trusts the authority of the server, and has no credentials.
  const { identity, url: server } = world.server;
  web = await consoleWorld(world, { access: "token", config: { server, ca: identity.caCertificate } });
  await world.pool("corp", "10.0.0.0/16");
  const hidden = {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: { name: "hidden", namespace: OTHER },
  };
  await world.client.create(SUBNET_POOLS, { ...hidden, spec: { cidr: "172.16.0.0/16" } } as never);
  await world.poolShows("corp", (status) => status.conditions !== undefined);
});
afterAll(async () => {
  await web.stop();
  await world.stop();
});

function object(apiVersion: string, kind: string, name: string, more: object = {}): AnyObject {
  return { apiVersion, kind, metadata: { name }, ...more } as AnyObject;
}

async function role(name: string, verbs: readonly string[], resources: readonly string[]): Promise<void> {
  const rules = [{ apiGroups: [GROUP], resources, verbs }];
  await world.client.create(CLUSTER_ROLES, object(`${RBAC}/v1`, "ClusterRole", name, { rules }));
}

async function account(name: string, roles: readonly string[]): Promise<string> {
  const metadata = { name, namespace: NAMESPACE };
  await world.client.create(SERVICE_ACCOUNTS, { ...object("v1", "ServiceAccount", name), metadata });
  for (const each of roles) {
    const subjects = [{ kind: "ServiceAccount", name, namespace: NAMESPACE }];
    const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name: each };
    const binding = object(`${RBAC}/v1`, "RoleBinding", `${name}-${each}`, { subjects, roleRef });
    await world.client.create(ROLE_BINDINGS, {
      ...binding,
      metadata: { name: `${name}-${each}`, namespace: NAMESPACE },
    });
  }
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`;
  const answer = (await world.client.raw("POST", path, request)) as {
    readonly status: { readonly token: string };
  };
  return answer.status.token;
}

async function as(who: keyof typeof tokens): Promise<ConsoleWorld["call"]> {
  const browser = web.stranger();
  const headers = { "content-type": "application/json", "x-plexaubnet-console": "1" };
  const { code } = await browser("/api/login", { method: "POST", headers, body: { token: tokens[who] } });
  expect(code).toBe(200);
  return browser;
}

test("CN-08 in a cluster a session begins with a token, which no answer shows again", async () => {
  const browser = web.stranger();
  const before = await browser("/api/session");
  expect([before.code, before.json.access]).toEqual([401, "token"]);
  const headers = { "content-type": "application/json", "x-plexaubnet-console": "1" };
  const wrong = await browser("/api/login", { method: "POST", headers, body: { token: "wrong" } });
  expect([wrong.code, wrong.json.reason]).toEqual([401, "NoSession"]);
  expect(wrong.json.message).toMatch(/^The API server does not know this token/);
  const login = await browser("/api/login", { method: "POST", headers, body: { token: tokens.reader } });
  expect(`${login.text}${JSON.stringify(login.headers)}`).not.toContain(tokens.reader);
  const session = await browser<SessionAnswer>("/api/session");
  expect(session.text).not.toContain(tokens.reader);
  expect(session.json).toMatchObject({
    access: "token",
    user: `system:serviceaccount:${NAMESPACE}:reader`,
    namespaces: [NAMESPACE],
    claimNamespaces: [],
  });
});

test("CN-08 what a viewer sees is what the API server lets the user list", async () => {
  const reader = await as("reader");
  expect((await reader<PoolsAnswer>("/api/pools")).json.rows.map(({ pool }) => pool)).toEqual(["corp"]);
  expect((await reader<SearchAnswer>("/api/search?q=hidden")).json.hits).toEqual([]);
  expect((await reader<SearchAnswer>("/api/search?q=172.16.0.1")).json.hits).toEqual([]);
  const map = await reader(`/api/map?namespace=${OTHER}&pool=hidden`);
  expect([map.code, map.json.reason]).toEqual([403, "Forbidden"]);
  expect((await reader(`/api/object?kind=SubnetPool&namespace=${OTHER}&name=hidden`)).code).toBe(403);
  const nobody = await as("nobody");
  expect((await nobody<PoolsAnswer>("/api/pools")).json.rows).toEqual([]);
  expect((await nobody<SessionAnswer>("/api/session")).json.namespaces).toEqual([]);
});

test("CN-03 a claim is created with the rights of the viewer, and of no one else", async () => {
  const body = { namespace: NAMESPACE, pool: "corp", cluster: "a", name: "a" };
  const headers = { "content-type": "application/json", "x-plexaubnet-console": "1" };
  const reader = await as("reader");
  const shown = await reader<WhatIfAnswer>("/api/what-if", { method: "POST", headers, body });
  expect(shown.json).toMatchObject({ cidr: "10.0.0.0/24", mayCreate: false });
  const refused = await reader("/api/claims", { method: "POST", headers, body });
  expect([refused.code, refused.json.reason]).toEqual([403, "Forbidden"]);
  expect(refused.json.message).toContain("cannot create resource");
  const claimer = await as("claimer");
  expect(
    (await claimer<WhatIfAnswer>("/api/what-if", { method: "POST", headers, body })).json.mayCreate,
  ).toBe(true);
  expect((await claimer("/api/claims", { method: "POST", headers, body })).code).toBe(201);
  await world.bound("a");
});

test("CN-07 the events of a viewer name no other namespace", async () => {
  const browser = web.stranger();
  const headers = { "content-type": "application/json", "x-plexaubnet-console": "1" };
  const login = await browser("/api/login", { method: "POST", headers, body: { token: tokens.reader } });
  const events = eventsOf(web, String(login.headers["set-cookie"]).split(";")[0] ?? "");
  await events.next();
  await events.next();
  const secret = { name: "late", namespace: OTHER };
  const late = {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: secret,
    spec: { cidr: "172.17.0.0/16" },
  };
  await world.client.create(SUBNET_POOLS, late as never);
  await world.pool("seen", "10.1.0.0/16");
  const pools = new Set<string>();
  for await (const { name, data } of events) {
    if (name === "change") for (const pool of (data as ChangeEvent).pools) pools.add(pool);
    if (pools.has(`${NAMESPACE}/seen`)) break;
  }
  expect([...pools].filter((pool) => !pool.startsWith(`${NAMESPACE}/`))).toEqual([]);
});

test("CN-08 what an authenticating proxy passes on is a session of its own", async () => {
  const headers = { authorization: `Bearer ${tokens.reader}` };
  const known = await web.stranger()<SessionAnswer>("/api/session", { headers });
  expect(known.json.namespaces).toEqual([NAMESPACE]);
  const unknown = await web.stranger()<SessionAnswer>("/api/session", {
    headers: { authorization: "Bearer no" },
  });
  expect(unknown).toMatchObject({ code: 401, json: { reason: "NoSession", access: "token" } });
  const forwarded = {
    "x-forwarded-proto": "https",
    "content-type": "application/json",
    "x-plexaubnet-console": "1",
  };
  const body = { token: tokens.reader };
  const login = await web.stranger()("/api/login", { method: "POST", headers: forwarded, body });
  expect(login.headers["set-cookie"]).toMatch(
    /^__Host-plexaubnet-console-\d+=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  );
});
