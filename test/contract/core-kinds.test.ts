/** What built-in kinds add to what all kinds have. The place in the documentation stands above each group. */
import { describe, expect, test } from "vitest";
import { type AnyObject, createClient, type Resource } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { refusal, until, untilGone, useCluster } from "./cluster.ts";
import {
  clusterRoles,
  configMaps,
  deployments,
  events,
  groupEvents,
  leases,
  namespaces,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });
const object = (resource: Resource<AnyObject>, name: string, more: object = {}): AnyObject => ({
  apiVersion: resource.group === "" ? resource.version : `${resource.group}/${resource.version}`,
  kind: resource.kind,
  metadata: resource.namespaced ? named(name) : ({ name } as never),
  ...more,
});
const create = (resource: Resource<AnyObject>, name: string, more: object = {}) =>
  api.client.create(resource, object(resource, name, more));
const causesOf = async (promise: Promise<unknown>) => {
  const error = await refusal(promise);
  expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  return error.details?.causes?.map((cause) => cause.field) ?? [];
};

// https://kubernetes.io/docs/concepts/services-networking/service/
describe("a service", () => {
  const ports = [{ port: 80 }];
  interface Spec {
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ports: readonly { port: number; targetPort?: unknown }[];
  }
  const specOf = (service: AnyObject) => service.spec as Spec;

  test("gets an address of its own, and target ports", async () => {
    const [a, b] = await Promise.all(
      ["svc-a", "svc-b"].map((name) => create(services, name, { spec: { ports } })),
    );
    const [one, two] = [specOf(a as AnyObject), specOf(b as AnyObject)];
    expect(one.clusterIP).toMatch(/^[0-9a-f.:]+$/);
    expect(one.clusterIPs?.[0]).toBe(one.clusterIP);
    expect(two.clusterIP).not.toBe(one.clusterIP);
    expect(one.ports).toMatchObject([{ port: 80, targetPort: 80, protocol: "TCP" }]);
    expect(one).toMatchObject({
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
    });
  });

  test("keeps its address whether an update names it or not, and takes no other", async () => {
    const created = await create(services, "svc-keep", { spec: { ports } });
    const { clusterIP } = specOf(created);
    const bare = await api.client.update(services, { ...created, spec: { ports } } as AnyObject);
    expect(specOf(bare).clusterIP).toBe(clusterIP);
    const other = api.client.patch(services, named("svc-keep"), "merge", { spec: { clusterIP: "None" } });
    expect((await causesOf(other)).some((field) => field?.startsWith("spec.clusterIP"))).toBe(true);
  });

  // …/#headless-services
  test("without a head has none", async () => {
    const created = await create(services, "svc-headless", { spec: { clusterIP: "None", ports } });
    expect(specOf(created)).toMatchObject({ clusterIP: "None", clusterIPs: ["None"] });
  });

  // …/#externalname
  test("of an external name has no address", async () => {
    const spec = { type: "ExternalName", externalName: "example.com" };
    const created = await create(services, "svc-external", { spec });
    expect(specOf(created).clusterIP ?? "").toBe("");
  });

  test.each<[string, object, string]>([
    ["no ports", {}, "spec.ports"],
    ["a port that is out of range", { ports: [{ port: 70_000 }] }, "spec.ports[0].port"],
    ["a port of zero", { ports: [{ port: 0 }] }, "spec.ports[0].port"],
    ["a type that does not exist", { ports, type: "Magic" }, "spec.type"],
    ["a protocol that does not exist", { ports: [{ port: 80, protocol: "XYZ" }] }, "spec.ports[0].protocol"],
    ["two ports without names", { ports: [{ port: 80 }, { port: 81 }] }, "spec.ports[0].name"],
    ["an address that is none", { ports, clusterIP: "here" }, "spec.clusterIPs[0]"],
  ])("with %s is Invalid", async (_, spec, field) => {
    const attempt = api.client.create(services, object(services, "svc-bad", { spec }), { dryRun: true });
    expect(await causesOf(attempt)).toContain(field);
  });

  test("is listed with its type and addresses", async () => {
    await create(services, "svc-table", { spec: { ports } });
    const path = `/api/v1/namespaces/${api.namespace}/services/svc-table`;
    const table = (
      await api.wire.send("GET", path, { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" })
    ).json();
    const names = table.columnDefinitions.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"]);
    expect(table.rows[0].cells.slice(3, 5)).toEqual(["<none>", "80/TCP"]);
  });
});

// https://kubernetes.io/docs/concepts/configuration/secret/
describe("a secret", () => {
  test("takes text over data of the same key", async () => {
    const made = await create(secrets, "over", { data: { a: "MQ==" }, stringData: { a: "2" } });
    expect(made.data).toEqual({ a: "Mg==" });
    const text = { stringData: { b: "3" } };
    expect((await api.client.patch(secrets, named("over"), "merge", text)).data).toEqual({
      a: "Mg==",
      b: "Mw==",
    });
  });

  test.each([
    ["text that is no base64", { data: { a: "not base64!" } }],
    ["a number for text", { stringData: { a: 1 } }],
  ])("with %s is BadRequest", async (_, more) => {
    expect((await refusal(create(secrets, "bad", more))).code).toBe(400);
  });

  // …/#secret-immutable
  test("that is immutable stays so", async () => {
    await create(secrets, "fixed", { immutable: true, data: { a: "MQ==" } });
    expect(
      await causesOf(api.client.patch(secrets, named("fixed"), "merge", { immutable: false })),
    ).toContain("immutable");
    expect(
      await causesOf(api.client.patch(secrets, named("fixed"), "merge", { data: { a: "Mg==" } })),
    ).toContain("data");
  });
});

// https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
describe("a namespace", () => {
  const hold = "contract.plexaubnet.io/hold";

  test("that is going takes nothing new, and reports it", async () => {
    const name = `${api.namespace}-going`;
    await api.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    const inside = { namespace: name, name: "inside" };
    await api.client.create(configMaps, {
      ...api.configMap("inside"),
      metadata: { ...inside, finalizers: [hold] },
    });
    await api.client.delete(namespaces, { name });
    const going = await api.client.get(namespaces, { name });
    expect(going.status).toMatchObject({ phase: "Terminating" });
    const error = await refusal(
      api.client.create(configMaps, { ...api.configMap("new"), metadata: { namespace: name, name: "new" } }),
    );
    expect([error.code, error.reason]).toEqual([403, "Forbidden"]);
    expect(error.details?.causes).toContainEqual(expect.objectContaining({ reason: "NamespaceTerminating" }));
    await until(api.client, configMaps, inside, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await api.client.patch(configMaps, inside, "merge", { metadata: { finalizers: null } });
    await untilGone(api.client, namespaces, { name });
  });

  test("reports in its conditions what it waits for", async () => {
    const name = `${api.namespace}-waits`;
    await api.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    const inside = { namespace: name, name: "inside" };
    await api.client.create(configMaps, {
      ...api.configMap("inside"),
      metadata: { ...inside, finalizers: [hold] },
    });
    await api.client.delete(namespaces, { name });
    const told = await until(api.client, namespaces, { name }, ({ status }) => {
      const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
      return conditions.some(
        (each) => each.type === "NamespaceFinalizersRemaining" && each.status === "True",
      );
    });
    expect(JSON.stringify(told.status)).toContain(hold);
    await api.client.patch(configMaps, inside, "merge", { metadata: { finalizers: null } });
    await untilGone(api.client, namespaces, { name });
  });

  test("keeps its name as a label, whichever client removes it", async () => {
    const labels = { "kubernetes.io/metadata.name": null };
    const patched = await api.client.patch(namespaces, { name: api.namespace }, "merge", {
      metadata: { labels },
    });
    expect(patched.metadata.labels).toMatchObject({ "kubernetes.io/metadata.name": api.namespace });
  });
});

// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
describe("an event", () => {
  const about = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", ...named(name) });

  test("of the new kind is one of the old kind too", async () => {
    const eventTime = "2026-01-01T00:00:00.000001Z";
    const said = { reason: "Said", action: "Saying", type: "Normal", note: "hello", eventTime };
    const by = { reportingController: "contract.plexaubnet.io/x", reportingInstance: "x-1" };
    await create(groupEvents, "new-1", { regarding: about("x"), ...said, ...by });
    const old = await api.client.get(events, named("new-1"));
    expect(old).toMatchObject({
      message: "hello",
      involvedObject: about("x"),
      reportingComponent: by.reportingController,
    });
    expect(old.eventTime).toBe(eventTime);
  });

  test("of the old kind is one of the new kind too", async () => {
    const times = { firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:00:00Z", count: 3 };
    await create(events, "old-1", {
      involvedObject: about("y"),
      reason: "Said",
      message: "hi",
      type: "Warning",
      ...times,
    });
    const now = await api.client.get(groupEvents, named("old-1"));
    expect(now).toMatchObject({
      regarding: about("y"),
      note: "hi",
      deprecatedCount: 3,
      apiVersion: "events.k8s.io/v1",
    });
  });

  test("is selected by what it is about, its reason and its type", async () => {
    const more = { involvedObject: about("z"), reason: "Chosen", type: "Warning", message: "m" };
    await create(events, "chosen", more);
    for (const fieldSelector of [
      "reason=Chosen",
      "involvedObject.name=z,type=Warning",
      "type!=Normal,reason=Chosen",
    ]) {
      const { items } = await api.client.list(events, { namespace: api.namespace, fieldSelector });
      expect(items.map((item) => item.metadata.name)).toEqual(["chosen"]);
    }
  });
});

// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/, …/authentication/
describe("a service account", () => {
  const post = (path: string, body: object) =>
    api.client.raw("POST", path, body) as Promise<Record<string, never>>;
  const tokenOf = async (name: string, spec: object = {}) => {
    const path = `/api/v1/namespaces/${api.namespace}/serviceaccounts/${name}/token`;
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
    return (await post(path, request)) as unknown as {
      status: { token: string; expirationTimestamp: string };
    };
  };
  const review = (token: string) =>
    post("/apis/authentication.k8s.io/v1/tokenreviews", {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token },
    }) as unknown as Promise<{
      status: { authenticated?: boolean; user?: { username: string; groups: string[] } };
    }>;

  test("has a token that names it", async () => {
    await create(serviceAccounts, "robot");
    const { status } = await tokenOf("robot", { expirationSeconds: 600 });
    expect(Date.parse(status.expirationTimestamp)).not.toBeNaN();
    const answer = await review(status.token);
    expect(answer.status).toMatchObject({
      authenticated: true,
      user: { username: `system:serviceaccount:${api.namespace}:robot` },
    });
    expect(answer.status.user?.groups).toEqual(
      expect.arrayContaining([
        "system:serviceaccounts",
        `system:serviceaccounts:${api.namespace}`,
        "system:authenticated",
      ]),
    );
  });

  test("that is gone has no good token any more", async () => {
    await create(serviceAccounts, "brief");
    const { status } = await tokenOf("brief");
    await api.client.delete(serviceAccounts, named("brief"));
    expect((await review(status.token)).status.authenticated ?? false).toBe(false);
    const client = createClient({ ...api.config, auth: { token: status.token } }, { kernel: systemKernel });
    expect((await refusal(client.list(configMaps, { namespace: api.namespace }))).code).toBe(401);
    await client.close();
  });

  test("that is not there has none", async () => {
    expect((await refusal(tokenOf("nobody"))).code).toBe(404);
  });

  test("has none that lasts less than ten minutes", async () => {
    await create(serviceAccounts, "hasty");
    expect([400, 422]).toContain((await refusal(tokenOf("hasty", { expirationSeconds: 10 }))).code);
  });

  test("a token that is none belongs to no user", async () => {
    expect((await review("nonsense")).status.authenticated ?? false).toBe(false);
  });
});

// https://kubernetes.io/docs/reference/access-authn-authz/rbac/
describe("roles", () => {
  const group = "rbac.authorization.k8s.io";
  const roleRef = { apiGroup: group, kind: "Role", name: "reader" };

  test("are bound once: what a binding binds cannot be changed", async () => {
    await create(roles, "reader", {
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
    });
    const subjects = [{ kind: "User", name: "jane", apiGroup: group }];
    await create(roleBindings, "bound", { roleRef, subjects });
    const other = { roleRef: { ...roleRef, name: "writer" } };
    expect(await causesOf(api.client.patch(roleBindings, named("bound"), "merge", other))).toContain(
      "roleRef",
    );
  });

  test("get the API group of their subjects", async () => {
    const made = await create(roleBindings, "group", { roleRef, subjects: [{ kind: "Group", name: "g" }] });
    expect(made.subjects).toEqual([{ kind: "Group", name: "g", apiGroup: group }]);
  });

  test("that name no verbs are Invalid", async () => {
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: [] }];
    expect(await causesOf(create(roles, "verbless", { rules }))).toContain("rules[0].verbs");
    const attempt = api.client.create(clusterRoles, object(clusterRoles, "verbless", { rules }), {
      dryRun: true,
    });
    expect(await causesOf(attempt)).toContain("rules[0].verbs");
  });
});

// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
describe("reviews of access", () => {
  test.each([
    ["selfsubjectaccessreviews", "SelfSubjectAccessReview", {}],
    ["subjectaccessreviews", "SubjectAccessReview", { user: "jane", groups: ["system:masters"] }],
  ])("are answered, not kept: %s", async (plural, kind, who) => {
    const resourceAttributes = { verb: "get", resource: "configmaps", namespace: api.namespace };
    const body = { apiVersion: "authorization.k8s.io/v1", kind, spec: { ...who, resourceAttributes } };
    const path = `/apis/authorization.k8s.io/v1/${plural}`;
    const answer = await api.wire.send("POST", path, { body });
    expect([answer.code, answer.json().status.allowed]).toEqual([201, true]);
    expect((await api.wire.send("GET", path)).code).toBe(405);
  });
});

// https://kubernetes.io/docs/concepts/architecture/leases/
describe("a lease", () => {
  test.each([
    ["leaseDurationSeconds", 0],
    ["leaseDurationSeconds", -1],
    ["leaseTransitions", -1],
  ])("with %s of %j is Invalid", async (field, value) => {
    expect(await causesOf(create(leases, "bad", { spec: { [field]: value } }))).toContain(`spec.${field}`);
  });

  test("with a time that is none is BadRequest", async () => {
    expect((await refusal(create(leases, "timeless", { spec: { renewTime: "soon" } }))).code).toBe(400);
  });
});

// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
describe("a deployment", () => {
  const spec = {
    replicas: 0,
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "one", image: "image:1" }] },
    },
  };

  test("counts its generations, and has a scale", async () => {
    const made = await create(deployments, "scaled", { spec });
    expect(made.metadata.generation).toBe(1);
    const path = `/apis/apps/v1/namespaces/${api.namespace}/deployments/scaled/scale`;
    const scale = (await api.wire.send("GET", path)).json();
    expect(scale).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 0 } });
  });
});
