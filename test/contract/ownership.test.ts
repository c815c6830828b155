/**
 * What goes when something else goes: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 * and https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
 */
import { expect, test } from "vitest";
import { refusal, until, untilGone, useCluster } from "./cluster.ts";
import { configMaps, namespaces } from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });

async function family(owner: string, dependent: string, block = false) {
  const parent = await api.client.create(configMaps, api.configMap(owner));
  const reference = {
    apiVersion: "v1",
    kind: "ConfigMap",
    name: owner,
    uid: parent.metadata.uid ?? "",
    controller: true,
    ...(block && { blockOwnerDeletion: true }),
  };
  const metadata = { ...named(dependent), ownerReferences: [reference] };
  await api.client.create(configMaps, { ...api.configMap(dependent), metadata });
}

test("a dependent goes after its owner", async () => {
  await family("owner-1", "child-1");
  await api.client.delete(configMaps, named("owner-1"), { propagationPolicy: "Background" });
  await untilGone(api.client, configMaps, named("child-1"));
});

test("a dependent goes before its owner when the deletion is in the foreground", async () => {
  await family("owner-2", "child-2", true);
  await api.client.delete(configMaps, named("owner-2"), { propagationPolicy: "Foreground" });
  await untilGone(api.client, configMaps, named("owner-2"));
  expect((await refusal(api.client.get(configMaps, named("child-2")))).code).toBe(404);
});

test("a dependent stays, without its owner, when it shall be an orphan", async () => {
  await family("owner-3", "child-3");
  await api.client.delete(configMaps, named("owner-3"), { propagationPolicy: "Orphan" });
  await untilGone(api.client, configMaps, named("owner-3"));
  const child = await until(api.client, configMaps, named("child-3"), (object) => {
    return (object.metadata.ownerReferences ?? []).length === 0;
  });
  expect(child.metadata.deletionTimestamp).toBeUndefined();
});

test("a dependent of an owner that never was goes too", async () => {
  const uid = "00000000-0000-4000-8000-000000000000";
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "never", uid }];
  const metadata = { ...named("child-4"), ownerReferences };
  await api.client.create(configMaps, { ...api.configMap("child-4"), metadata });
  await untilGone(api.client, configMaps, named("child-4"));
});

test("a namespace takes everything in it along", async () => {
  const name = `${api.namespace}-gone`;
  await api.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const inside = { namespace: name, name: "inside" };
  await api.client.create(configMaps, { ...api.configMap("inside"), metadata: inside });
  await api.client.delete(namespaces, { name });
  await untilGone(api.client, namespaces, { name });
  expect((await refusal(api.client.get(configMaps, inside))).code).toBe(404);
});
