/**
 * Discovery and OpenAPI: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api,
 * …/#aggregated-discovery, …/#openapi-interface-definition, and
 * https://kubernetes.io/docs/reference/using-api/health-checks/
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { useCluster } from "./cluster.ts";
import { useKinds } from "./kinds.ts";

const api = useCluster();
const kinds = useKinds(api);
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const get = async (path: string, accept?: string) => {
  const answer = await api.wire.send("GET", path, accept === undefined ? {} : { accept });
  expect([path, answer.code]).toEqual([path, 200]);
  return answer;
};

interface Named {
  readonly name: string;
}

beforeAll(async () => {
  const schema = {
    type: "object",
    description: "A gadget of the contract.",
    properties: {
      spec: {
        type: "object",
        description: "What is wanted.",
        required: ["size"],
        properties: {
          size: { type: "integer", description: "How large.", minimum: 1 },
          replicas: { type: "integer" },
        },
      },
      status: { type: "object", properties: { replicas: { type: "integer" }, selector: { type: "string" } } },
    },
  };
  const scale = {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    labelSelectorPath: ".status.selector",
  };
  const column = { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How large it is." };
  const more = {
    schema: { openAPIV3Schema: schema },
    subresources: { status: {}, scale },
    additionalPrinterColumns: [column, { name: "Wide", type: "string", jsonPath: ".spec.none", priority: 1 }],
  };
  await kinds.define({
    kind: "Gadget",
    names: { shortNames: ["gdg"], categories: ["contract"] },
    versions: [
      { name: "v1beta1", storage: false, ...more },
      { name: "v1", storage: true, ...more },
      { name: "v1alpha1", storage: false, ...more },
    ],
  });
  // Discovery may lag a little behind the condition.
  await vi.waitFor(
    async () => {
      expect((await api.wire.send("GET", `/apis/${api.group}/v1`)).code).toBe(200);
      expect((await api.wire.send("GET", "/apis", { accept: AGGREGATED })).text).toContain(api.group);
    },
    { timeout: 60_000 },
  );
}, 120_000);

describe("discovery, piece by piece", () => {
  test("lists core versions and groups", async () => {
    expect((await get("/api")).json()).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    const { kind, groups } = (await get("/apis")).json();
    expect(kind).toBe("APIGroupList");
    const names = groups.map(({ name }: Named) => name);
    const known = ["apps", "apiextensions.k8s.io", "authentication.k8s.io", "authorization.k8s.io"];
    const more = ["coordination.k8s.io", "events.k8s.io", "rbac.authorization.k8s.io", api.group];
    expect(names).toEqual(expect.arrayContaining([...known, "admissionregistration.k8s.io", ...more]));
  });

  // …/custom-resource-definition-versioning/#version-priority
  test("orders the versions of a group by their priority", async () => {
    const group = (await get(`/apis/${api.group}`)).json();
    expect(group).toMatchObject({ kind: "APIGroup", name: api.group });
    expect(group.versions.map(({ version }: { version: string }) => version)).toEqual([
      "v1",
      "v1beta1",
      "v1alpha1",
    ]);
    expect(group.preferredVersion).toEqual({ groupVersion: `${api.group}/v1`, version: "v1" });
  });

  test("lists kinds with names, verbs and sub-resources", async () => {
    const list = (await get(`/apis/${api.group}/v1`)).json();
    expect(list).toMatchObject({ kind: "APIResourceList", groupVersion: `${api.group}/v1` });
    const byName = new Map(list.resources.map((each: Named) => [each.name, each]));
    expect(byName.get("gadgets")).toMatchObject({
      singularName: "gadget",
      namespaced: true,
      kind: "Gadget",
      shortNames: ["gdg"],
      categories: ["contract"],
    });
    const { verbs } = byName.get("gadgets") as { verbs: string[] };
    expect(verbs.toSorted()).toEqual([
      "create",
      "delete",
      "deletecollection",
      "get",
      "list",
      "patch",
      "update",
      "watch",
    ]);
    expect(byName.get("gadgets/status")).toMatchObject({ kind: "Gadget" });
    expect(byName.get("gadgets/scale")).toMatchObject({ group: "autoscaling", version: "v1", kind: "Scale" });
  });

  test("knows what namespaces and services can do", async () => {
    const { resources } = (await get("/api/v1")).json();
    const byName = new Map<string, { verbs: string[]; shortNames?: string[] }>(
      resources.map((each: Named) => [each.name, each]),
    );
    expect(byName.get("namespaces")?.verbs).not.toContain("deletecollection");
    expect(byName.get("namespaces")?.shortNames).toEqual(["ns"]);
    expect(byName.get("services")?.shortNames).toEqual(["svc"]);
    for (const name of [
      "namespaces/status",
      "namespaces/finalize",
      "services/status",
      "serviceaccounts/token",
    ]) {
      expect([...byName.keys()]).toContain(name);
    }
  });
});

describe("discovery, all at once", () => {
  test("has everything that the pieces have", async () => {
    const answer = await get("/apis", AGGREGATED);
    expect(answer.headers["content-type"]).toContain("as=APIGroupDiscoveryList");
    const { kind, apiVersion, items } = answer.json();
    expect([kind, apiVersion]).toEqual(["APIGroupDiscoveryList", "apidiscovery.k8s.io/v2"]);
    const group = items.find(({ metadata }: { metadata: Named }) => metadata.name === api.group);
    expect(group.versions.map(({ version }: { version: string }) => version)).toEqual([
      "v1",
      "v1beta1",
      "v1alpha1",
    ]);
    const [gadgets] = group.versions[0].resources;
    expect(gadgets).toMatchObject({
      resource: "gadgets",
      responseKind: { group: api.group, version: "v1", kind: "Gadget" },
      scope: "Namespaced",
      singularResource: "gadget",
      shortNames: ["gdg"],
      categories: ["contract"],
    });
    const parts = gadgets.subresources.map(({ subresource }: { subresource: string }) => subresource);
    expect(parts.sort()).toEqual(["scale", "status"]);
  });

  test("has the core group under /api", async () => {
    const { items } = (await get("/api", AGGREGATED)).json();
    const resources = items[0].versions[0].resources.map(({ resource }: { resource: string }) => resource);
    expect(resources).toEqual(expect.arrayContaining(["configmaps", "namespaces", "secrets", "services"]));
  });

  test("is not sent again to those who have it", async () => {
    const { headers } = await get("/api", AGGREGATED);
    const again = await api.wire.send("GET", "/api", {
      accept: AGGREGATED,
      headers: { "if-none-match": String(headers.etag) },
    });
    expect([again.code, again.text]).toEqual([304, ""]);
  });
});

describe("OpenAPI", () => {
  // Publishing may take a while.
  const patient = { timeout: 60_000, interval: 200 };

  test("v3 has a document for each group and version", async () => {
    const { paths } = (await get("/openapi/v3")).json();
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(["api/v1", "apis/apps/v1"]));
    const { serverRelativeURL } = paths["api/v1"];
    const document = (await get(serverRelativeURL)).json();
    expect(document.openapi).toMatch(/^3\.0/);
    expect(document.components.schemas["io.k8s.api.core.v1.ConfigMap"]).toMatchObject({ type: "object" });
    expect(Object.keys(document.paths)).toContain("/api/v1/namespaces/{namespace}/configmaps/{name}");
  });

  test("v3 has custom kinds with their descriptions and bounds", async () => {
    await vi.waitFor(async () => {
      const document = (await get(`/openapi/v3/apis/${api.group}/v1`)).json();
      const found = Object.values(document.components.schemas).find(
        (schema) => (schema as { description?: string }).description === "A gadget of the contract.",
      );
      expect(found).toMatchObject({
        "x-kubernetes-group-version-kind": [{ group: api.group, kind: "Gadget", version: "v1" }],
        properties: {
          spec: { required: ["size"], properties: { size: { type: "integer", description: "How large." } } },
        },
      });
    }, patient);
  }, 120_000);

  test("v2 has them all in one", async () => {
    await vi.waitFor(async () => {
      const document = (await get("/openapi/v2")).json();
      expect(document.swagger).toBe("2.0");
      expect(document.definitions["io.k8s.api.core.v1.Secret"]).toBeDefined();
      const kindsOf = (definition: {
        "x-kubernetes-group-version-kind"?: { kind: string; group: string }[];
      }) => definition["x-kubernetes-group-version-kind"] ?? [];
      const all = Object.values(document.definitions).flatMap((each) => kindsOf(each as never));
      expect(all).toContainEqual({ group: api.group, kind: "Gadget", version: "v1" });
    }, patient);
  }, 120_000);
});

describe("columns and scale of a custom kind", () => {
  const path = (name = "") => `/apis/${api.group}/v1/namespaces/${api.namespace}/gadgets${name}`;
  const gadget = (name: string, spec: object) => ({
    apiVersion: `${api.group}/v1`,
    kind: "Gadget",
    metadata: { name },
    spec,
  });

  // …/custom-resource-definitions/#additional-printer-columns
  test("columns show values by their paths, and nothing where there is none", async () => {
    await api.wire.send("POST", path(), { body: gadget("columns", { size: 7 }) });
    const table = (await get(path("/columns"), "application/json;as=Table;v=v1;g=meta.k8s.io")).json();
    expect(table.columnDefinitions.slice(1)).toMatchObject([
      { name: "Size", type: "integer", description: "How large it is.", priority: 0 },
      { name: "Wide", type: "string", priority: 1 },
    ]);
    expect(table.rows[0].cells).toEqual(["columns", 7, null]);
  });

  // …/custom-resource-definitions/#scale-subresource
  test("scale shows replicas and selector, and sets the replicas", async () => {
    await api.wire.send("POST", path(), { body: gadget("scaled", { size: 1, replicas: 2 }) });
    const status = { status: { replicas: 1, selector: "a=b" } };
    const type = "application/merge-patch+json";
    await api.wire.send("PATCH", path("/scaled/status"), { type, body: status });
    const scale = (await get(path("/scaled/scale"))).json();
    expect(scale).toMatchObject({
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      metadata: { name: "scaled", namespace: api.namespace },
      spec: { replicas: 2 },
      status: { replicas: 1, selector: "a=b" },
    });
    const set = await api.wire.send("PUT", path("/scaled/scale"), {
      body: { ...scale, spec: { replicas: 5 } },
    });
    expect([set.code, set.json().spec]).toEqual([200, { replicas: 5 }]);
    const late = await api.wire.send("PUT", path("/scaled/scale"), {
      body: { ...scale, spec: { replicas: 6 } },
    });
    expect([late.code, late.json().reason]).toEqual([409, "Conflict"]);
    const patched = await api.wire.send("PATCH", path("/scaled/scale"), {
      type,
      body: { spec: { replicas: 7 } },
    });
    expect([patched.code, patched.json().spec]).toEqual([200, { replicas: 7 }]);
    const now = (await get(path("/scaled"))).json();
    expect([now.spec, now.metadata.generation]).toEqual([{ size: 1, replicas: 7 }, 3]);
  });

  test("scale refuses fewer than none", async () => {
    await api.wire.send("POST", path(), { body: gadget("negative", { size: 1, replicas: 1 }) });
    const scale = (await get(path("/negative/scale"))).json();
    const answer = await api.wire.send("PUT", path("/negative/scale"), {
      body: { ...scale, spec: { replicas: -1 } },
    });
    expect([answer.code, answer.json().reason]).toEqual([422, "Invalid"]);
  });
});

describe("health", () => {
  test.each([
    "/healthz",
    "/livez",
    "/readyz",
  ])("%s returns ok, and the reason when it is requested", async (path) => {
    expect((await get(path)).text).toBe("ok");
    expect((await get(`${path}?verbose`)).text).toContain("[+]ping ok");
    expect((await get(`${path}/ping`)).text).toBe("ok");
    expect((await api.wire.send("GET", `${path}/nonsense`)).code).toBe(404);
  });

  test("/version reports which Kubernetes this is like", async () => {
    expect((await get("/version")).json()).toMatchObject({
      major: expect.stringMatching(/^\d+$/),
      minor: expect.stringMatching(/^\d+/),
      gitVersion: expect.stringMatching(/^v1\.\d+/),
    });
  });
});
