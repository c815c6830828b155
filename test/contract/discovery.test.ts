/**
 * What an API publishes of itself: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
import { expect, test, vi } from "vitest";
import { createClient } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";

const api = useCluster();
const get = (path: string) => api.client.raw("GET", path) as Promise<Record<string, unknown>>;

test("/version names a Kubernetes version", async () => {
  expect(await get("/version")).toMatchObject({
    major: expect.stringMatching(/^\d+$/),
    minor: expect.stringMatching(/^\d+/),
    gitVersion: expect.stringMatching(/^v\d+\.\d+\.\d+/),
  });
});

test("/api and /apis list versions and groups", async () => {
  expect(await get("/api")).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
  const { kind, groups } = await get("/apis");
  expect(kind).toBe("APIGroupList");
  const names = (groups as { name: string }[]).map((group) => group.name);
  expect(names).toEqual(expect.arrayContaining(["coordination.k8s.io", "apiextensions.k8s.io"]));
});

test("/api/v1 lists kinds with their verbs", async () => {
  const { resources } = await get("/api/v1");
  const found = (resources as { name: string }[]).find((each) => each.name === "configmaps");
  const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
  expect(found).toMatchObject({ name: "configmaps", kind: "ConfigMap", namespaced: true });
  expect((found as unknown as { verbs: string[] }).verbs.toSorted()).toEqual(verbs);
});

test("a custom kind and its sub-resources appear once it is established", async () => {
  await api.installWidgets();
  // Discovery may lag a little behind the condition.
  await vi.waitFor(
    async () => {
      const { resources } = await get(`/apis/${api.group}/v1`);
      const names = (resources as { name: string }[]).map((each) => each.name).sort();
      expect(names).toEqual(["widgets", "widgets/status"]);
    },
    { timeout: 60_000 },
  );
});

test("/openapi/v3 lists a document for each group and version", async () => {
  const { paths } = await get("/openapi/v3");
  expect(Object.keys(paths as object)).toEqual(
    expect.arrayContaining(["api/v1", "apis/coordination.k8s.io/v1"]),
  );
});

test("a path that is nothing is NotFound", async () => {
  expect((await refusal(get("/apis/none.example/v1/things"))).code).toBe(404);
});

// https://kubernetes.io/docs/reference/access-authn-authz/authentication/
test("a token that is none is Unauthorized", async () => {
  const { auth: _, ...config } = api.config;
  const stranger = createClient({ ...config, auth: { token: "not-a-token" } }, { kernel: systemKernel });
  const error = await refusal(stranger.list(configMaps, { namespace: api.namespace }));
  await stranger.close();
  expect([error.code, error.reason]).toEqual([401, "Unauthorized"]);
});
