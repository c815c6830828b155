/**
 * Admission webhooks, as the whole server calls them:
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 *
 * The webhooks run beside this test, where the API servers of other clusters cannot reach them: embedded
 * only.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";
import { type ReviewServer, startReviewServer } from "./review-server.ts";

interface Review {
  readonly operation: string;
  readonly name: string;
  readonly namespace: string;
  readonly dryRun: boolean;
  readonly subResource?: string;
  readonly object: AnyObject | null;
  readonly oldObject: AnyObject | null;
  readonly userInfo: { readonly username: string };
  readonly uid: string;
}

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });
let server: ReviewServer | undefined;
let base = "";
let caBundle = "";
let answer: (review: Review) => object = () => ({ allowed: true });
let asked: Review[] = [];

function ofAdmission(kind: string, plural: string): Resource<AnyObject> {
  return { group: "admissionregistration.k8s.io", version: "v1", kind, plural, namespaced: false };
}
const mutating = ofAdmission("MutatingWebhookConfiguration", "mutatingwebhookconfigurations");
const validating = ofAdmission("ValidatingWebhookConfiguration", "validatingwebhookconfigurations");

beforeAll(async () => {
  if (!api.embedded) return;
  server = await startReviewServer((request: Review) => {
    asked.push(request);
    return { uid: request.uid, ...answer(request) };
  });
  base = server.url;
  caBundle = server.caBundle;
});

afterAll(() => {
  server?.close();
});

afterEach(async () => {
  answer = () => ({ allowed: true });
  if (!api.embedded) return;
  for (const resource of [mutating, validating]) {
    const { items } = await api.client.list(resource);
    for (const { metadata } of items) await api.client.delete(resource, { name: metadata.name });
  }
  asked = [];
});

/** Asks the webhook about ConfigMaps of this namespace. */
async function install(resource: Resource<AnyObject>, more: object = {}): Promise<void> {
  const webhook = {
    name: "hook.contract.plexaubnet.io",
    clientConfig: { url: base, caBundle },
    rules: [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }],
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": api.namespace } },
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    ...more,
  };
  const { kind, plural } = resource;
  const metadata = { name: `${plural}.${api.namespace}` };
  const apiVersion = "admissionregistration.k8s.io/v1";
  await api.client.create(resource, { apiVersion, kind, metadata, webhooks: [webhook] });
}

const create = (name: string, more: object = {}) => api.client.create(configMaps, api.configMap(name, more));
const deny = (message: string, code = 403) => ({ allowed: false, status: { message, code } });
const change = (...operations: object[]) => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

describe.skipIf(!api.embedded)("a validating webhook", () => {
  test("that refuses is passed on, and nothing is kept", async () => {
    await install(validating);
    answer = () => deny("not today");
    const error = await refusal(create("denied"));
    expect(error.code).toBe(403);
    expect(error.message).toBe(
      'admission webhook "hook.contract.plexaubnet.io" denied the request: not today',
    );
    answer = () => ({ allowed: true });
    expect((await refusal(api.client.get(configMaps, named("denied")))).code).toBe(404);
  });

  test("sees what is created, changed, applied and deleted, and by whom", async () => {
    await install(validating);
    await create("seen", { data: { a: "1" } });
    await api.client.patch(configMaps, named("seen"), "merge", { data: { a: "2" } });
    const object = api.configMap("seen", { data: { b: "3" } });
    await api.client.patch(configMaps, named("seen"), "apply", object, { fieldManager: "boss" });
    await api.client.delete(configMaps, named("seen"));
    expect(asked.map(({ operation }) => operation)).toEqual(["CREATE", "UPDATE", "UPDATE", "DELETE"]);
    const [first, second, , last] = asked;
    expect(first).toMatchObject({ name: "seen", namespace: api.namespace, dryRun: false, oldObject: null });
    expect(second).toMatchObject({ object: { data: { a: "2" } }, oldObject: { data: { a: "1" } } });
    expect(last).toMatchObject({ object: null, oldObject: { data: { a: "2", b: "3" } } });
    expect(asked.every(({ userInfo }) => userInfo.username !== "")).toBe(true);
  });

  test("can keep an object from being changed or deleted", async () => {
    await create("kept");
    await install(validating);
    answer = ({ operation }) => (operation === "CREATE" ? { allowed: true } : deny("it stays"));
    const patch = { data: { a: "1" } };
    expect((await refusal(api.client.patch(configMaps, named("kept"), "merge", patch))).code).toBe(403);
    expect((await refusal(api.client.delete(configMaps, named("kept")))).code).toBe(403);
    expect((await api.client.get(configMaps, named("kept"))).metadata.deletionTimestamp).toBeUndefined();
  });

  test("gets to know that it is a dry run", async () => {
    await install(validating);
    await api.client.create(configMaps, api.configMap("dry"), { dryRun: true });
    expect(asked.map(({ dryRun }) => dryRun)).toEqual([true]);
  });

  test("may warn", async () => {
    await install(validating);
    answer = () => ({ allowed: true, warnings: ["mind the gap"] });
    const path = `/api/v1/namespaces/${api.namespace}/configmaps`;
    const { code, headers } = await api.wire.send("POST", path, { body: api.configMap("warned") });
    expect([code, headers.warning]).toEqual([201, '299 - "mind the gap"']);
  });

  test("is not asked about other operations, namespaces and labels", async () => {
    const rule = { operations: ["UPDATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] };
    await install(validating, { rules: [rule], objectSelector: { matchLabels: { watched: "yes" } } });
    const metadata = { ...named("chosen"), labels: { watched: "yes" } };
    await create("chosen", { metadata });
    await create("other");
    await api.client.patch(configMaps, named("other"), "merge", { data: { a: "1" } });
    const elsewhere = { namespace: "default", name: `elsewhere-${api.namespace}` };
    await api.client.create(configMaps, { ...api.configMap("x"), metadata: elsewhere });
    await api.client.delete(configMaps, elsewhere);
    expect(asked).toEqual([]);
    await api.client.patch(configMaps, named("chosen"), "merge", { data: { a: "1" } });
    expect(asked).toHaveLength(1);
  });

  // …/#matching-requests-matchconditions
  test("is asked only where its conditions hold", async () => {
    const expression = "object.data.?ask.orValue('no') == 'yes'";
    await install(validating, { matchConditions: [{ name: "asks", expression }] });
    await create("no", { data: { ask: "no" } });
    expect(asked).toEqual([]);
    await create("yes", { data: { ask: "yes" } });
    expect(asked).toHaveLength(1);
  });
});

// …/#failure-policy
describe.skipIf(!api.embedded)("a webhook that cannot be reached", () => {
  const nowhere = () => ({ clientConfig: { url: "https://127.0.0.1:1/", caBundle }, timeoutSeconds: 1 });

  test("fails the request", async () => {
    await install(validating, nowhere());
    const error = await refusal(create("unreachable"));
    expect([error.code, error.reason]).toEqual([500, "InternalError"]);
    expect(error.message).toContain('failed calling webhook "hook.contract.plexaubnet.io"');
  });

  test("is passed over where its policy is Ignore", async () => {
    await install(validating, { ...nowhere(), failurePolicy: "Ignore" });
    expect((await create("ignored")).metadata.name).toBe("ignored");
  });
});

describe.skipIf(!api.embedded)("a mutating webhook", () => {
  test("changes what is kept, and validation comes after it", async () => {
    await install(mutating);
    answer = () => change({ op: "add", path: "/data", value: { set: "by the webhook" } });
    expect((await create("changed")).data).toEqual({ set: "by the webhook" });
    answer = () => change({ op: "add", path: "/metadata/labels", value: { "not a label": "x" } });
    const error = await refusal(create("broken"));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  });

  test("is asked before the validating ones, who see its work", async () => {
    await install(validating);
    await install(mutating);
    answer = ({ object }) =>
      object?.data === undefined
        ? change({ op: "add", path: "/data", value: { a: "1" } })
        : { allowed: true };
    await create("ordered");
    expect(asked.map(({ object }) => object?.data)).toEqual([undefined, { a: "1" }]);
  });

  test("on a collection is asked about each object that goes", async () => {
    const labels = { set: "many" };
    for (const name of ["many-1", "many-2"]) await create(name, { metadata: { ...named(name), labels } });
    await install(validating);
    const path = `/api/v1/namespaces/${api.namespace}/configmaps?labelSelector=set%3Dmany`;
    expect((await api.wire.send("DELETE", path)).code).toBe(200);
    expect(asked.map(({ operation, name }) => `${operation} ${name}`).sort()).toEqual([
      "DELETE many-1",
      "DELETE many-2",
    ]);
  });
});

describe.skipIf(!api.embedded)("a configuration", () => {
  test.each<[string, object]>([
    ["no sideEffects", { sideEffects: undefined }],
    ["side effects that are unknown", { sideEffects: "Unknown" }],
    ["no versions of reviews", { admissionReviewVersions: [] }],
    ["a name of one word", { name: "hook" }],
    ["an address without TLS", { clientConfig: { url: "http://127.0.0.1/" } }],
    ["nowhere to call", { clientConfig: {} }],
    ["a timeout of a minute", { timeoutSeconds: 60 }],
    ["a policy that does not exist", { failurePolicy: "Maybe" }],
    ["a condition that cannot be read", { matchConditions: [{ name: "a", expression: "object ==" }] }],
  ])("with %s is Invalid", async (_, more) => {
    const error = await refusal(install(validating, more));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  });
});
