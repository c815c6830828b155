/**
 * Strategic merge patches:
 * https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../src/client/index.ts";
import { useCluster } from "./cluster.ts";
import { configMaps, deployments, services } from "./resources.ts";

const api = useCluster();
const STRATEGIC = "application/strategic-merge-patch+json";
const named = (name: string) => ({ namespace: api.namespace, name });
const pathOf = (name: string) => `/api/v1/namespaces/${api.namespace}/configmaps/${name}`;
const create = (name: string, more: object = {}) => api.client.create(configMaps, api.configMap(name, more));
const send = (path: string, type: string, body: unknown) => api.wire.send("PATCH", path, { type, body });

describe("a strategic merge patch", () => {
  const deployment = (name: string): AnyObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: named(name),
    spec: {
      replicas: 0,
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: {
          containers: [
            { name: "one", image: "image:1", env: [{ name: "A", value: "1" }] },
            { name: "two", image: "image:2" },
          ],
        },
      },
    },
  });
  interface Container {
    readonly name: string;
    readonly image: string;
    readonly env?: readonly { name: string; value?: string }[];
  }
  const patch = async (name: string, spec: object): Promise<readonly Container[]> => {
    const path = `/apis/apps/v1/namespaces/${api.namespace}/deployments/${name}`;
    const answer = await send(path, STRATEGIC, { spec: { template: { spec } } });
    expect([answer.code, answer.text.slice(0, 300)]).toEqual([200, expect.any(String)]);
    return answer.json().spec.template.spec.containers;
  };

  test("merges containers by name", async () => {
    await api.client.create(deployments, deployment("merge"));
    const containers = await patch("merge", { containers: [{ name: "two", image: "image:3" }] });
    expect(containers.map(({ name, image }) => `${name} ${image}`).sort()).toEqual([
      "one image:1",
      "two image:3",
    ]);
  });

  test("merges lists within lists", async () => {
    await api.client.create(deployments, deployment("nested"));
    const env = [{ name: "B", value: "2" }];
    const containers = await patch("nested", { containers: [{ name: "one", env }] });
    const one = containers.find(({ name }) => name === "one");
    expect(one?.env?.map(({ name }) => name).sort()).toEqual(["A", "B"]);
  });

  test("takes entries out by $patch: delete", async () => {
    await api.client.create(deployments, deployment("delete"));
    const containers = await patch("delete", { containers: [{ name: "two", $patch: "delete" }] });
    expect(containers.map(({ name }) => name)).toEqual(["one"]);
  });

  test("replaces a list by $patch: replace", async () => {
    await api.client.create(deployments, deployment("replace"));
    const containers = await patch("replace", {
      containers: [{ $patch: "replace" }, { name: "three", image: "image:3" }],
    });
    expect(containers.map(({ name }) => name)).toEqual(["three"]);
  });

  test("orders by $setElementOrder", async () => {
    await api.client.create(deployments, deployment("order"));
    const containers = await patch("order", {
      "$setElementOrder/containers": [{ name: "two" }, { name: "one" }],
      containers: [{ name: "one", image: "image:9" }],
    });
    expect(containers.map(({ name }) => name)).toEqual(["two", "one"]);
  });

  test("without the key of an entry is refused", async () => {
    await api.client.create(deployments, deployment("keyless"));
    const path = `/apis/apps/v1/namespaces/${api.namespace}/deployments/keyless`;
    const body = { spec: { template: { spec: { containers: [{ image: "image:3" }] } } } };
    const answer = await send(path, STRATEGIC, body);
    expect(answer.code).toBeGreaterThanOrEqual(400);
  });

  test("merges the ports of a service by their number", async () => {
    const spec = { ports: [{ name: "a", port: 80 }] };
    await api.client.create(services, { apiVersion: "v1", kind: "Service", metadata: named("ports"), spec });
    const path = `/api/v1/namespaces/${api.namespace}/services/ports`;
    const answer = await send(path, STRATEGIC, { spec: { ports: [{ name: "b", port: 81 }] } });
    const ports = answer
      .json()
      .spec.ports.map(({ port }: { port: number }) => port)
      .sort();
    expect([answer.code, ports]).toEqual([200, [80, 81]]);
  });

  test("merges maps and finalizers, which are lists without keys", async () => {
    const metadata = {
      ...named("maps"),
      labels: { a: "1", b: "2" },
      finalizers: ["contract.plexaubnet.io/a"],
    };
    await create("maps", { metadata });
    const change = { labels: { b: null, c: "3" }, finalizers: ["contract.plexaubnet.io/b"] };
    const answer = await send(pathOf("maps"), STRATEGIC, { metadata: change });
    expect(answer.json().metadata.labels).toEqual({ a: "1", c: "3" });
    expect(answer.json().metadata.finalizers.toSorted()).toEqual([
      "contract.plexaubnet.io/a",
      "contract.plexaubnet.io/b",
    ]);
    await api.client.patch(configMaps, named("maps"), "merge", { metadata: { finalizers: null } });
  });
});
