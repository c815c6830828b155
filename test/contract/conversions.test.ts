/**
 * Conversion webhooks: what is written in one version of a custom resource is read in another.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
 *
 * The webhook runs beside this test, where the API servers of other clusters cannot reach it: embedded only.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AnyObject, ApiError, type Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { crds } from "./resources.ts";
import { type ReviewServer, startReviewServer } from "./review-server.ts";

interface Peer extends AnyObject {
  readonly spec: { readonly address?: string; readonly host?: string; readonly port?: number };
}

interface ReviewRequest {
  readonly uid: string;
  readonly desiredAPIVersion: string;
  readonly objects: readonly Peer[];
}

const api = useCluster();
const GROUP = "conversions.contract.plexaubnet.io";
const peers = (version: string): Resource<Peer> => ({
  group: GROUP,
  version,
  kind: "Peer",
  plural: "peers",
  namespaced: true,
});
const [v1, v2] = [peers("v1"), peers("v2")];
const named = (name: string) => ({ namespace: api.namespace, name });

/** v1 has `address: host:port`, v2 has both apart. */
function convert(object: Peer, apiVersion: string): Peer {
  const { address = "", host, port } = object.spec;
  if (apiVersion.endsWith("/v1")) return { ...object, apiVersion, spec: { address: `${host}:${port}` } };
  const [name = "", number] = address.split(":");
  return { ...object, apiVersion, spec: { host: name, port: Number(number) } };
}

let server: ReviewServer | undefined;
let asked: ReviewRequest[] = [];
const well = ({ uid, objects, desiredAPIVersion }: ReviewRequest): object => ({
  uid,
  result: { status: "Success" },
  convertedObjects: objects.map((object) => convert(object, desiredAPIVersion)),
});
let answer = well;

beforeAll(async () => {
  if (!api.embedded) return;
  server = await startReviewServer((request: ReviewRequest) => {
    asked.push(request);
    return answer(request);
  });
  const { caBundle } = server;
  const url = `${server.url}/convert`;
  const version = (name: string, storage: boolean, properties: object) => ({
    name,
    served: true,
    storage,
    schema: {
      openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } },
    },
    subresources: { status: {} },
  });
  await api.client.create(crds, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `peers.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind: "Peer", plural: "peers" },
      scope: "Namespaced",
      versions: [
        version("v1", true, { address: { type: "string" }, mode: { type: "string", default: "active" } }),
        version("v2", false, { host: { type: "string" }, port: { type: "integer", maximum: 65535 } }),
      ],
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: { url, caBundle }, conversionReviewVersions: ["v1"] },
      },
    },
  });
});

afterAll(async () => {
  if (api.embedded) await api.client.delete(crds, { name: `peers.${GROUP}` });
  server?.close();
});

beforeEach(() => {
  answer = well;
  asked = [];
});

const peer = ({ version }: Resource, name: string, spec: Peer["spec"]): Peer => ({
  apiVersion: `${GROUP}/${version}`,
  kind: "Peer",
  metadata: { name, namespace: api.namespace, labels: { app: "peers" } },
  spec,
});

describe.skipIf(!api.embedded)("a conversion webhook", () => {
  test("PX-09 converts what is written, and what is read, and leaves the stored version alone", async () => {
    const made = await api.client.create(v2, peer(v2, "a", { host: "ten", port: 179 }));
    expect(made).toMatchObject({ apiVersion: `${GROUP}/v2`, spec: { host: "ten", port: 179 } });
    asked = [];
    const stored = await api.client.get(v1, named("a"));
    // The defaults of the version that is stored are filled in.
    expect(stored.spec).toEqual({ address: "ten:179", mode: "active" });
    expect(stored.metadata.uid).toBe(made.metadata.uid);
    expect(asked).toEqual([]);
  });

  test("PX-09 converts on update, patch, apply and status writes", async () => {
    await api.client.create(v1, peer(v1, "b", { address: "ten:1" }));
    await api.client.patch(v2, named("b"), "merge", { spec: { port: 2 } });
    expect((await api.client.get(v1, named("b"))).spec.address).toBe("ten:2");
    const read = await api.client.get(v2, named("b"));
    await api.client.update(v2, { ...read, spec: { ...read.spec, port: 3 } });
    expect((await api.client.get(v1, named("b"))).spec.address).toBe("ten:3");
    const applied = { ...peer(v2, "b", { host: "ten", port: 4 }) };
    await api.client.patch(v2, named("b"), "apply", applied, { fieldManager: "tester", force: true });
    expect((await api.client.get(v1, named("b"))).spec.address).toBe("ten:4");
    expect((await refusal(api.client.patch(v2, named("b"), "merge", { spec: { port: 70_000 } }))).code).toBe(
      422,
    );
  });

  test("PX-09 converts lists at once, and each object once", async () => {
    for (const name of ["l1", "l2", "l3"])
      await api.client.create(v1, peer(v1, name, { address: `${name}:1` }));
    asked = [];
    const options = { namespace: api.namespace, labelSelector: "app=peers" };
    const { items } = await api.client.list(v2, options);
    expect(
      items.filter(({ metadata }) => metadata.name.startsWith("l")).map(({ spec }) => spec.host),
    ).toEqual(["l1", "l2", "l3"]);
    expect(asked).toHaveLength(1);
    await api.client.list(v2, options);
    expect(asked).toHaveLength(1);
  });

  test("PX-09 converts what a watch shows, in order", async () => {
    const { metadata } = await api.client.list(v1, { namespace: api.namespace });
    const { resourceVersion } = metadata;
    const events = await api.client.watch(v2, { namespace: api.namespace, resourceVersion });
    await api.client.create(v1, peer(v1, "w", { address: "w:1" }));
    await api.client.patch(v1, named("w"), "merge", { spec: { address: "w:2" } });
    await api.client.delete(v1, named("w"));
    const seen: string[] = [];
    for await (const { type, object } of events) {
      if (type === "BOOKMARK" || type === "ERROR") continue;
      seen.push(`${type} ${(object as Peer).spec.port}`);
      if (type === "DELETED") break;
    }
    expect(seen).toEqual(["ADDED 1", "MODIFIED 2", "DELETED 2"]);
  });

  test("PX-09 a webhook that fails is named, nothing is written, and the stored version goes on", async () => {
    await api.client.create(v1, peer(v1, "f", { address: "f:1" }));
    answer = ({ uid }) => ({ uid, result: { status: "Failure", message: "no idea" } });
    const read = await refusal(api.client.get(v2, named("f")));
    expect(read.code).toBe(500);
    expect(read.message).toContain(`conversion webhook for ${GROUP}/v1, Kind=Peer failed: no idea`);
    const written = await refusal(api.client.create(v2, peer(v2, "g", { host: "g", port: 1 })));
    expect(written.code).toBe(500);
    expect((await refusal(api.client.get(v1, named("g")))).code).toBe(404);
    expect((await api.client.get(v1, named("f"))).spec.address).toBe("f:1");
  });

  const strange: readonly (readonly [string, (converted: Peer) => unknown])[] = [
    ["expected apiVersion", (converted) => ({ ...converted, apiVersion: `${GROUP}/v1` })],
    ["expected kind", (converted) => ({ ...converted, kind: "Pear" })],
    [
      "metadata.name may not",
      (converted) => ({ ...converted, metadata: { ...converted.metadata, name: "x" } }),
    ],
    [
      "metadata.uid may not",
      (converted) => ({ ...converted, metadata: { ...converted.metadata, uid: "x" } }),
    ],
    [
      "metadata.labels is not a map",
      (converted) => ({ ...converted, metadata: { ...converted.metadata, labels: [] } }),
    ],
    ["it is not an object", () => 7],
  ];
  test.each(strange)("PX-09 a webhook may not answer anything: %s", async (why, spoil) => {
    await api.client.create(v1, peer(v1, "s", { address: "s:1" })).catch((error) => {
      if (!(error instanceof ApiError && error.code === 409)) throw error;
    });
    answer = (request) => {
      const good = well(request) as { convertedObjects: Peer[] };
      return { ...good, convertedObjects: good.convertedObjects.map(spoil) };
    };
    expect((await refusal(api.client.get(v2, named("s")))).message).toContain(why);
    answer = (request) => ({ ...well(request), convertedObjects: [] });
    expect((await refusal(api.client.get(v2, named("s")))).message).toContain(
      "returned 0 objects, expected 1",
    );
    answer = (request) => ({ ...well(request), uid: "other" });
    expect((await refusal(api.client.get(v2, named("s")))).message).toContain("expected response.uid");
  });
});
