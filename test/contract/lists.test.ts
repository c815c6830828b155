/**
 * Collections:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
import { beforeAll, describe, expect, test } from "vitest";
import { type KubeList, listAll } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";

const api = useCluster();
const here = () => ({ namespace: api.namespace });
const ours = () => ({ ...here(), labelSelector: "set=letters" });
const names = (list: KubeList) => list.items.map((item) => item.metadata.name).sort();

beforeAll(async () => {
  for (const [index, name] of ["a", "b", "c", "d", "e"].entries()) {
    const labels = { set: "letters", letter: name, ...(index % 2 === 0 && { even: "yes" }) };
    const metadata = { namespace: api.namespace, name, labels };
    await api.client.create(configMaps, { ...api.configMap(name), metadata });
  }
});

describe("a list", () => {
  test("holds all objects and a revision", async () => {
    const list = await api.client.list(configMaps, ours());
    expect(names(list)).toEqual(["a", "b", "c", "d", "e"]);
    expect(list.kind).toBe("ConfigMapList");
    expect(list.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
    expect(list.metadata.continue ?? "").toBe("");
  });

  test("over all namespaces holds those of this one", async () => {
    const list = await api.client.list(configMaps, { labelSelector: "set=letters" });
    expect(list.items.filter((item) => item.metadata.namespace === api.namespace)).toHaveLength(5);
  });

  test("of a namespace that does not exist is empty", async () => {
    expect((await api.client.list(configMaps, { namespace: `${api.namespace}-none` })).items).toEqual([]);
  });
});

describe("a list in pages", () => {
  test("gives every object once", async () => {
    const list = await listAll(api.client, configMaps, { ...ours(), limit: 2 });
    expect(list.items.map((item) => item.metadata.name).sort()).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("shows that there is more, and returns one moment though the world goes on", async () => {
    const first = await api.client.list(configMaps, { ...ours(), limit: 2 });
    expect(first.items).toHaveLength(2);
    expect(first.metadata.continue).not.toBe("");
    const metadata = { namespace: api.namespace, name: "zz-late", labels: { set: "letters" } };
    await api.client.create(configMaps, { ...api.configMap("zz-late"), metadata });
    const token = first.metadata.continue ?? "";
    const rest = await api.client.list(configMaps, { ...ours(), limit: 100, continue: token });
    expect(rest.items).toHaveLength(3);
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    await api.client.delete(configMaps, { namespace: api.namespace, name: "zz-late" });
  });

  test.skipIf(!api.embedded)("whose moment was forgotten is refused as Expired", async () => {
    const first = await api.client.list(configMaps, { ...ours(), limit: 2 });
    await api.client.create(configMaps, api.configMap("passes-time"));
    await api.forgetHistory();
    const token = first.metadata.continue ?? "";
    const error = await refusal(api.client.list(configMaps, { ...ours(), limit: 2, continue: token }));
    expect([error.code, error.reason]).toEqual([410, "Expired"]);
  });

  test("with a token that is none is refused", async () => {
    const error = await refusal(api.client.list(configMaps, { ...here(), limit: 2, continue: "rubbish" }));
    expect([400, 410]).toContain(error.code);
  });
});

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
describe("label selectors", () => {
  const cases: readonly [string, readonly string[]][] = [
    ["letter=a", ["a"]],
    ["letter==a", ["a"]],
    ["letter!=a,set=letters", ["b", "c", "d", "e"]],
    ["letter in (a,b)", ["a", "b"]],
    ["letter notin (a,b),set=letters", ["c", "d", "e"]],
    ["even", ["a", "c", "e"]],
    ["!even,set=letters", ["b", "d"]],
    ["even=yes,letter in (a,b)", ["a"]],
    ["letter=none", []],
  ];
  test.each(cases)("%s", async (labelSelector, wanted) => {
    expect(names(await api.client.list(configMaps, { ...here(), labelSelector }))).toEqual(wanted);
  });

  test("that cannot be read are refused as BadRequest", async () => {
    const error = await refusal(api.client.list(configMaps, { ...here(), labelSelector: "a in (" }));
    expect([error.code, error.reason]).toEqual([400, "BadRequest"]);
  });
});

// https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
describe("field selectors", () => {
  test("by name and namespace", async () => {
    const fieldSelector = `metadata.name=b,metadata.namespace=${api.namespace}`;
    expect(names(await api.client.list(configMaps, { fieldSelector }))).toEqual(["b"]);
    const others = { ...ours(), fieldSelector: "metadata.name!=b" };
    expect(names(await api.client.list(configMaps, others))).toEqual(["a", "c", "d", "e"]);
  });

  test("by a field that cannot be selected are refused as BadRequest", async () => {
    const error = await refusal(api.client.list(configMaps, { ...here(), fieldSelector: "data.a=b" }));
    expect([error.code, error.reason]).toEqual([400, "BadRequest"]);
  });
});

// api-concepts/#semantics-for-get-and-list
describe("resourceVersion of a list", () => {
  test("0 takes any state that the server has", async () => {
    const list = await api.client.list(configMaps, { ...ours(), resourceVersion: "0" });
    expect(list.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
  });

  test("NotOlderThan shows at least that state", async () => {
    const created = await api.client.create(configMaps, api.configMap("newer"));
    const resourceVersion = created.metadata.resourceVersion ?? "";
    const options = { ...here(), resourceVersion, resourceVersionMatch: "NotOlderThan" as const };
    expect(names(await api.client.list(configMaps, options))).toContain("newer");
  });

  test("that is not a number is refused", async () => {
    const error = await refusal(api.client.list(configMaps, { ...here(), resourceVersion: "x" }));
    expect(error.code).toBeGreaterThanOrEqual(400);
  });
});
