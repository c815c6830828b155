import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, type ServerFixture, serverFixture } from "../../testing/server-fixture.ts";

let f: ServerFixture;
beforeAll(async () => {
  f = await serverFixture();
});
afterAll(() => f.stop());

const post = (path: string, body: object) => f.request(path, { method: "POST", body });
const causes = (answer: Answer) =>
  ((answer.json.details as { causes?: { field: string }[] } | undefined)?.causes ?? []).map(
    ({ field }) => field,
  );

test.each<[string, string, object]>([
  ["apps/v1", "DaemonSet", { spec: { selector: {}, template: { spec: { containers: [{ name: "a" }] } } } }],
  ["apps/v1", "StatefulSet", { spec: { serviceName: "a", template: {} } }],
  ["batch/v1", "Job", { spec: { template: {} } }],
  ["batch/v1", "CronJob", { spec: { schedule: "@daily" } }],
  ["networking.k8s.io/v1", "NetworkPolicy", { spec: { podSelector: {} } }],
  ["v1", "PersistentVolumeClaim", { spec: { accessModes: ["ReadWriteOnce"] } }],
  ["policy/v1", "PodDisruptionBudget", { spec: { minAvailable: "50%" } }],
  ["autoscaling/v2", "HorizontalPodAutoscaler", { spec: { maxReplicas: 3 } }],
  [
    "discovery.k8s.io/v1",
    "EndpointSlice",
    { addressType: "IPv4", endpoints: [{ addresses: ["192.0.2.1"] }] },
  ],
])("PX-10 %s %s is kept as it is written, its metadata checked", async (apiVersion, kind, content) => {
  const plural = kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  const path = `${root}/namespaces/default/${plural.toLowerCase()}`;
  const body = (name: string) => ({ apiVersion, kind, metadata: { name }, ...content });
  expect((await post(path, body("kept"))).json).toMatchObject(body("kept"));
  expect(causes(await post(path, body("Not_kept")))).toEqual(["metadata.name"]);
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const table = (await f.request(path, { headers: { accept } })).json as { rows: { cells: unknown[] }[] };
  expect(table.rows[0]?.cells[0]).toBe("kept");
});

test("PX-10 a pod has the defaults that clients count on", async () => {
  const path = "/api/v1/namespaces/default/pods";
  const containers = [{ name: "a", image: "b" }];
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { containers } };
  expect((await post(path, pod)).json.spec).toMatchObject({ securityContext: {}, restartPolicy: "Always" });
});

test("PX-09 times and numbers are read and written as Go does", async () => {
  const path = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  const lease = (name: string, spec: object) => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name },
    spec,
  });
  const zoned = await post(path, lease("zoned", { renewTime: "2026-01-01T01:00:00.000001+01:00" }));
  expect(zoned.json.spec).toEqual({ renewTime: "2026-01-01T00:00:00.000001Z" });
  expect((await post(path, lease("coarse", { renewTime: "2026-01-01T00:00:00Z" }))).code).toBe(400);
  expect((await post(path, lease("large", { leaseDurationSeconds: 3_000_000_000 }))).code).toBe(400);
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "zoned" },
    involvedObject: { namespace: "default" },
    firstTimestamp: "2026-01-01T01:00:00.5+01:00",
  };
  const { json } = await post("/api/v1/namespaces/default/events", event);
  expect(json).toMatchObject({ firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: null, source: {} });
});

test.each<[string, object, string[]]>([
  ["basic-auth", {}, ["data[username]", "data[password]"]],
  ["basic-auth", { username: "YQ==" }, []],
  ["ssh-auth", {}, ["data[ssh-privatekey]"]],
  ["tls", { "tls.crt": "YQ==" }, ["data[tls.key]"]],
  ["dockercfg", { ".dockercfg": "YQ==" }, ["data[.dockercfg]"]],
  ["dockerconfigjson", { ".dockerconfigjson": "e30=" }, []],
  ["service-account-token", {}, ["metadata.annotations[kubernetes.io/service-account.name]"]],
])("PX-09 a secret of type %s with %j lacks what it lacks", async (type, data, fields) => {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { generateName: "s-" },
    type: `kubernetes.io/${type}`,
    data,
  };
  expect(causes(await post("/api/v1/namespaces/default/secrets", secret))).toEqual(fields);
});
