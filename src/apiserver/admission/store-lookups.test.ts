import { expect, test } from "vitest";
import type { AnyObject } from "../../api/object.ts";
import { createMemoryStore } from "../store/index.ts";
import { admissionLookups } from "./store-lookups.ts";

async function storeWith(kind: string, object: { metadata: { name: string; namespace?: string } }) {
  const store = createMemoryStore();
  const { name, namespace = "" } = object.metadata;
  await store.write({
    do: "put",
    kind,
    namespace,
    name,
    expectedRevision: 0,
    object: object as unknown as AnyObject,
  });
  return admissionLookups(store);
}

test("configurations and labels of namespaces are those of the store", async () => {
  const kind = "admissionregistration.k8s.io/mutatingwebhookconfigurations";
  const lookups = await storeWith(kind, { metadata: { name: "c" } });
  expect(lookups.configurations("mutating").map((each) => each.metadata.name)).toEqual(["c"]);
  expect(lookups.configurations("validating")).toEqual([]);
  const labelled = { metadata: { name: "n", labels: { a: "1" } } };
  const { namespaceLabels } = await storeWith("namespaces", labelled);
  expect(namespaceLabels("n")).toEqual({ a: "1" });
  expect(namespaceLabels("other")).toBeUndefined();
});

test.each([
  [{ type: "ExternalName", externalName: "localhost" }, "localhost:9443"],
  [{ externalIPs: ["127.0.0.1"] }, "127.0.0.1:9443"],
  [{ externalIPs: ["::1"] }, "[::1]:9443"],
  [{ clusterIP: "10.0.0.1" }, undefined],
])("a service %j is reached at %s", async (spec, address) => {
  const object = { metadata: { name: "hook", namespace: "ops" }, spec };
  const { resolveService } = await storeWith("services", object);
  expect(resolveService({ namespace: "ops", name: "hook", port: 9443, path: "/" })).toBe(address);
  expect(resolveService({ namespace: "ops", name: "other", port: 9443, path: "/" })).toBeUndefined();
});
