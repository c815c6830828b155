/** What people do with kubectl, done with the real one against the embedded server (PX-10). */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type KubectlFixture, kubectlMinor, startKubectlFixture } from "./kubectl-fixture.ts";

let k: KubectlFixture;

/** Whether kubectl has `events`, `auth whoami`, `create token`, `--subresource`, `wait --for=jsonpath`. */
const isModern = kubectlMinor >= 27;

const crdDirectory = `${import.meta.dirname}/../../deploy/crds`;
const pool = (name: string, more = "") => `
apiVersion: plexaubnet.io/v1alpha1
kind: SubnetPool
metadata: {name: ${name}, labels: {env: prod}}
spec: {cidr: 10.0.0.0/8, defaultBlockSize: 24${more}}
`;

beforeAll(async () => {
  k = await startKubectlFixture();
  for (const file of readdirSync(crdDirectory)) {
    await k.apply(readFileSync(`${crdDirectory}/${file}`, "utf8"));
  }
  await k.ok(["wait", "crd", "--all", "--for=condition=established", "--timeout=60s"]);
});

afterAll(async () => {
  await k.stop();
});

describe("PX-10 kubectl apply", () => {
  test("creates, leaves alone, and configures", async () => {
    expect(await k.apply(pool("applied"))).toBe("subnetpool.plexaubnet.io/applied created\n");
    expect(await k.apply(pool("applied"))).toBe("subnetpool.plexaubnet.io/applied unchanged\n");
    expect(await k.apply(pool("applied", ", strategy: Buddy"))).toBe(
      "subnetpool.plexaubnet.io/applied configured\n",
    );
  });

  test("removes a field that the manifest lost", async () => {
    await k.apply(pool("shrinking", ", strategy: Buddy"));
    await k.apply(pool("shrinking"));
    const spec = JSON.parse(await k.ok(["get", "snp", "shrinking", "-o", "jsonpath={.spec}"]));
    expect(spec).not.toHaveProperty("strategy", "Buddy");
  });

  test("merges a built-in kind strategically", async () => {
    const service = (ports: string) =>
      `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [${ports}]}}`;
    await k.apply(service("{name: http, port: 80}"));
    await k.ok(["patch", "svc", "web", "-p", '{"spec":{"ports":[{"port":443,"name":"https"}]}}']);
    await k.apply(service("{name: http, port: 80, targetPort: 8080}"));
    const ports = await k.ok(["get", "svc", "web", "-o", "jsonpath={.spec.ports[*].port}"]);
    expect(ports.split(" ").sort()).toEqual(["443", "80"]);
  });

  test("refuses unknown fields and wrong types with a sentence that names them", async () => {
    const unknown = await k.fails(["apply", "-f", "-"], { input: pool("typo", ", stratgy: Buddy") });
    expect(unknown).toMatch(/unknown field "(spec\.)?stratgy"/);
    const wrong = await k.fails(["apply", "-f", "-"], { input: pool("wrong", ", minBlockSize: many") });
    expect(wrong).toContain("spec.minBlockSize");
  });

  test("diff shows what apply would change", async () => {
    await k.apply(pool("differing"));
    expect((await k.run(["diff", "-f", "-"], { input: pool("differing") })).code).toBe(0);
    const changed = await k.run(["diff", "-f", "-"], { input: pool("differing", ", strategy: Buddy") });
    expect([changed.code, changed.stdout]).toEqual([1, expect.stringContaining("+  strategy: Buddy")]);
  });

  test("--server-side owns fields, and meets conflicts", async () => {
    const apply = (strategy: string, manager: string, ...more: string[]) =>
      k.run(["apply", "--server-side", `--field-manager=${manager}`, ...more, "-f", "-"], {
        input: pool("owned", `, strategy: ${strategy}`),
      });
    expect((await apply("Linear", "one")).stdout).toBe("subnetpool.plexaubnet.io/owned serverside-applied\n");
    const conflict = await apply("Buddy", "two");
    expect([conflict.code, conflict.stderr]).toEqual([1, expect.stringContaining(".spec.strategy")]);
    expect((await apply("Buddy", "two", "--force-conflicts")).code).toBe(0);
    const path = "/apis/plexaubnet.io/v1alpha1/namespaces/default/subnetpools/owned";
    const { metadata } = JSON.parse(await k.ok(["get", "--raw", path]));
    const managers = metadata.managedFields.map((entry: { manager: string }) => entry.manager);
    expect(managers.sort()).toEqual(["one", "two"]);
  });

  test("--dry-run=server keeps nothing", async () => {
    await k.ok(["apply", "--dry-run=server", "-f", "-"], { input: pool("dry") });
    expect(await k.fails(["get", "snp", "dry"])).toContain('subnetpools.plexaubnet.io "dry" not found');
  });
});

describe("PX-10 kubectl create", () => {
  test("makes the built-in kinds that it sends as protobuf", async () => {
    await k.ok(["create", "namespace", "made"]);
    await k.ok(["create", "-n", "made", "configmap", "settings", "--from-literal=colour=blue"]);
    await k.ok(["create", "-n", "made", "secret", "generic", "password", "--from-literal=word=hunter2"]);
    await k.ok(["create", "-n", "made", "serviceaccount", "robot"]);
    await k.ok(["create", "-n", "made", "role", "reader", "--verb=get,list", "--resource=configmaps"]);
    await k.ok([
      "create",
      "-n",
      "made",
      "rolebinding",
      "reads",
      "--role=reader",
      "--serviceaccount=made:robot",
    ]);
    await k.ok(["create", "-n", "made", "service", "clusterip", "front", "--tcp=80:8080"]);
    const secret = await k.ok(["get", "-n", "made", "secret", "password", "-o", "jsonpath={.data.word}"]);
    expect(Buffer.from(secret, "base64").toString()).toBe("hunter2");
    const port = await k.ok([
      "get",
      "-n",
      "made",
      "svc",
      "front",
      "-o",
      "jsonpath={.spec.ports[0].targetPort}",
    ]);
    expect(port).toBe("8080");
    if (!isModern) return;
    expect((await k.ok(["create", "token", "-n", "made", "robot"])).split(".")).toHaveLength(3);
  });

  test("of what exists reports it", async () => {
    expect(await k.fails(["create", "namespace", "default"])).toContain(
      'namespaces "default" already exists',
    );
  });
});

describe("PX-10 kubectl changes objects", () => {
  beforeAll(async () => {
    await k.ok(["create", "configmap", "target", "--from-literal=colour=blue", "--from-literal=size=1"]);
  });
  const data = async () => JSON.parse(await k.ok(["get", "cm", "target", "-o", "jsonpath={.data}"]));

  test.each([
    ["strategic", '{"data":{"colour":"strategic"}}'],
    ["merge", '{"data":{"colour":"merge","gone":null}}'],
    ["json", '[{"op":"replace","path":"/data/colour","value":"json"}]'],
  ])("by a patch of type %s", async (type, patch) => {
    await k.ok(["patch", "cm", "target", `--type=${type}`, "-p", patch]);
    expect(await data()).toEqual({ colour: type, size: "1" });
  });

  test("by edit", async () => {
    const editor = k.file("editor.sh", '#!/bin/sh\nsed -i "s/size: .*/size: \\"2\\"/" "$1"\n');
    await k.ok(["edit", "cm", "target"], { env: { KUBE_EDITOR: editor } });
    expect(await data()).toMatchObject({ size: "2" });
  });

  test("by replace", async () => {
    const current = JSON.parse(await k.ok(["get", "cm", "target", "-o", "json"]));
    await k.ok(["replace", "-f", "-"], { input: JSON.stringify({ ...current, data: { colour: "new" } }) });
    expect(await data()).toEqual({ colour: "new" });
    const stale = await k.fails(["replace", "-f", "-"], { input: JSON.stringify(current) });
    expect(stale).toContain("the object has been modified");
  });

  test("by label and annotate", async () => {
    await k.ok(["label", "cm", "target", "tier=front"]);
    await k.ok(["annotate", "cm", "target", "note=a word"]);
    expect(await k.ok(["get", "cm", "-l", "tier in (front,back)", "-o", "name"])).toBe("configmap/target\n");
    expect(await k.fails(["label", "cm", "target", "tier=not valid"])).toContain("a valid label must be");
    await k.ok(["label", "cm", "target", "tier-"]);
    expect(await k.ok(["get", "cm", "-l", "tier", "-o", "name"])).toBe("");
  });

  test("of a custom kind only by the patches it takes", async () => {
    await k.apply(pool("patched"));
    await k.ok(["patch", "snp", "patched", "--type=merge", "-p", '{"spec":{"strategy":"Buddy"}}']);
    expect(await k.ok(["get", "snp", "patched", "-o", "jsonpath={.spec.strategy}"])).toBe("Buddy");
    const refused = await k.fails(["patch", "snp", "patched", "--type=strategic", "-p", "{}"]);
    expect(refused).toContain("application/merge-patch+json");
  });

  test.skipIf(!isModern)("by its status alone", async () => {
    await k.apply(pool("reported"));
    const status = '{"status":{"allocatedCount":3},"spec":{"strategy":"Buddy"}}';
    await k.ok(["patch", "snp", "reported", "--subresource=status", "--type=merge", "-p", status]);
    const { spec, status: written } = JSON.parse(await k.ok(["get", "snp", "reported", "-o", "json"]));
    expect(spec.strategy).not.toBe("Buddy");
    expect(written).toEqual({ allocatedCount: 3 });
  });

  test("by scale", async () => {
    await k.apply(
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {a: b}}, " +
        "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}}",
    );
    await k.ok(["scale", "deployment", "web", "--replicas=3"]);
    expect(
      await k.ok(["get", "deploy", "web", "-o", "jsonpath={.spec.replicas} {.metadata.generation}"]),
    ).toBe("3 2");
    await k.ok(["set", "image", "deployment/web", "c=y"]);
  });
});

describe("PX-10 kubectl get", () => {
  beforeAll(async () => {
    await k.ok(["create", "namespace", "shown"]);
    for (const name of ["one", "two"]) {
      await k.ok(["apply", "-n", "shown", "-f", "-"], { input: pool(name) });
    }
  });
  const get = (...args: string[]) => k.ok(["get", "-n", "shown", "snp", ...args]);

  test("prints the columns of the kind", async () => {
    const [head = "", first = ""] = (await get()).split("\n");
    expect(head.split(/\s{2,}/).slice(0, 3)).toEqual(["NAME", "CIDR", "STRATEGY"]);
    expect(first).toMatch(/^one +10\.0\.0\.0\/8 /);
    expect(first).toMatch(/\d+s$/);
  });

  test("prints wide, yaml, json, jsonpath, names and custom columns", async () => {
    expect(await get("-o", "wide")).toContain("CIDR");
    expect(await get("one", "-o", "yaml")).toContain("kind: SubnetPool");
    expect(JSON.parse(await get("-o", "json")).items).toHaveLength(2);
    expect(await get("-o", "jsonpath={.items[*].metadata.name}")).toBe("one two");
    expect(await get("-o", "name")).toBe("subnetpool.plexaubnet.io/one\nsubnetpool.plexaubnet.io/two\n");
    const columns = await get("--no-headers", "-o", "custom-columns=N:.metadata.name,C:.spec.cidr");
    expect(columns.split("\n")[1]).toMatch(/^two +10\.0\.0\.0\/8$/);
    expect(await k.ok(["get", "snp", "-A", "--sort-by=.metadata.name"])).toMatch(/^NAMESPACE/);
  });

  test("selects by field and label", async () => {
    expect(await get("--field-selector=metadata.name=two", "-o", "name")).toBe(
      "subnetpool.plexaubnet.io/two\n",
    );
    expect(await get("-l", "env!=prod", "-o", "name")).toBe("");
    const refused = await k.fails(["get", "snp", "--field-selector=spec.nonsense=1"]);
    expect(refused).toContain("field label not supported: spec.nonsense");
  });

  test("goes page by page", async () => {
    expect(await get("--chunk-size=1", "-o", "name")).toBe(await get("-o", "name"));
  });

  test("--watch follows what happens", async () => {
    const follower = k.follow(["get", "-n", "shown", "cm", "-w", "--output-watch-events"]);
    await k.ok(["create", "-n", "shown", "configmap", "seen"]);
    await follower.until(/ADDED +seen/);
    await k.ok(["label", "-n", "shown", "cm", "seen", "a=b"]);
    await follower.until(/MODIFIED +seen/);
    await k.ok(["delete", "-n", "shown", "cm", "seen"]);
    await follower.until(/DELETED +seen/);
    follower.stop();
  });

  test("of what is not there reports it", async () => {
    expect(await k.fails(["get", "snp", "missing"])).toContain(
      'subnetpools.plexaubnet.io "missing" not found',
    );
    expect(await k.fails(["get", "nonsense"])).toContain(
      `the server doesn't have a resource type "nonsense"`,
    );
  });
});

describe("PX-10 kubectl reports", () => {
  test("an object: describe, with its events", async () => {
    await k.apply(pool("described"));
    const uid = await k.ok(["get", "snp", "described", "-o", "jsonpath={.metadata.uid}"]);
    await k.apply(
      `{apiVersion: v1, kind: Event, metadata: {name: described.1}, type: Normal, reason: PoolResized, ` +
        `message: grew to 10.0.0.0/8, involvedObject: {apiVersion: plexaubnet.io/v1alpha1, kind: SubnetPool, ` +
        `name: described, namespace: default, uid: ${uid}}}`,
    );
    const text = await k.ok(["describe", "snp", "described"]);
    expect(text).toMatch(/Cidr: +10\.0\.0\.0\/8/);
    expect(text).toMatch(/PoolResized.*grew to 10\.0\.0\.0\/8/);
    if (isModern)
      expect(await k.ok(["events", "--for", "subnetpool.plexaubnet.io/described"])).toContain("PoolResized");
    const twin = await k.ok(["get", "events.v1.events.k8s.io", "described.1", "-o", "jsonpath={.note}"]);
    expect(twin).toBe("grew to 10.0.0.0/8");
  });

  test("a kind: explain", async () => {
    expect(await k.ok(["explain", "subnetpool.spec.cidr"])).toMatch(/FIELD: +cidr <string>/);
    expect(await k.ok(["explain", "snc", "--recursive"])).toContain("poolRef");
    expect(await k.ok(["explain", "service.spec.ports"])).toContain("targetPort");
    expect(await k.ok(["explain", "configmap.metadata.ownerReferences"])).toContain("blockOwnerDeletion");
  });

  test("what there is: api-resources and api-versions", async () => {
    const names = await k.ok(["api-resources", "-o", "name"]);
    expect(names.split("\n")).toEqual(expect.arrayContaining(["configmaps", "subnets.plexaubnet.io"]));
    expect(await k.ok(["api-resources", "--api-group=plexaubnet.io"])).toMatch(/subnetpools +snp/);
    expect((await k.ok(["api-versions"])).split("\n")).toEqual(
      expect.arrayContaining(["v1", "apps/v1", "plexaubnet.io/v1alpha1"]),
    );
    expect(await k.ok(["version"])).toMatch(/Server Version: .*v?1\.36/);
  });

  test("who one is and what one may: auth", async () => {
    if (isModern) expect(await k.ok(["auth", "whoami"])).toContain("system:masters");
    expect(await k.ok(["auth", "can-i", "create", "subnetpools"])).toBe("yes\n");
    expect(await k.ok(["auth", "can-i", "--list"])).toContain("*.*");
  });
});

describe("PX-10 kubectl wait and delete", () => {
  const pair = async (owner: string) => {
    await k.ok(["create", "configmap", owner]);
    const uid = await k.ok(["get", "cm", owner, "-o", "jsonpath={.metadata.uid}"]);
    await k.apply(
      `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${owner}-child, ` +
        `ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: ${owner}, uid: ${uid}, blockOwnerDeletion: true}]}}`,
    );
  };

  test.skipIf(!isModern)("wait sees a condition that is set later", async () => {
    await k.apply(pool("waited"));
    const waiting = k.ok([
      "wait",
      "snp",
      "waited",
      "--for=jsonpath={.status.allocatedCount}=1",
      "--timeout=60s",
    ]);
    const status = '{"status":{"allocatedCount":1}}';
    await k.ok(["patch", "snp", "waited", "--subresource=status", "--type=merge", "-p", status]);
    expect(await waiting).toContain("condition met");
  });

  test.each(["background", "foreground"])("--cascade=%s takes dependents along", async (cascade) => {
    await pair(cascade);
    await k.ok(["delete", "cm", cascade, `--cascade=${cascade}`]);
    // It may be gone before wait looks, which older versions call an error.
    await k.run(["wait", "cm", `${cascade}-child`, "--for=delete", "--timeout=60s"]);
    await k.fails(["get", "cm", `${cascade}-child`]);
  });

  test("--cascade=orphan leaves dependents", async () => {
    await pair("orphan");
    await k.ok(["delete", "cm", "orphan", "--cascade=orphan"]);
    const owners = await k.ok(["get", "cm", "orphan-child", "-o", "jsonpath={.metadata.ownerReferences}"]);
    expect(owners).toBe("");
  });

  test("a finalizer holds an object until it is taken away", async () => {
    await k.apply(
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: held, finalizers: [example.com/hold]}}",
    );
    await k.ok(["delete", "cm", "held", "--wait=false"]);
    expect(await k.ok(["get", "cm", "held", "-o", "jsonpath={.metadata.deletionTimestamp}"])).not.toBe("");
    await k.ok(["patch", "cm", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}']);
    await k.fails(["get", "cm", "held"]);
  });

  test("a namespace goes with everything in it", async () => {
    await k.ok(["create", "namespace", "going"]);
    await k.ok(["create", "-n", "going", "configmap", "inside"]);
    await k.ok(["delete", "namespace", "going", "--timeout=60s"]);
    await k.fails(["get", "namespace", "going"]);
    expect(await k.fails(["create", "-n", "going", "configmap", "late"])).toContain(
      'namespaces "going" not found',
    );
  });

  test("a CRD goes with its objects", async () => {
    const crd = (name: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${name}.e2e.example.com}
spec:
  group: e2e.example.com
  scope: Namespaced
  names: {plural: ${name}, kind: Gadget, singular: gadget}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`;
    await k.apply(crd("gadgets"));
    await k.apply("{apiVersion: e2e.example.com/v1, kind: Gadget, metadata: {name: one}}");
    await k.ok(["delete", "crd", "gadgets.e2e.example.com", "--timeout=60s"]);
    expect(await k.fails(["get", "gadgets"])).toMatch(/could not find the requested resource|doesn't have a/);
    await k.apply(crd("gadgets"));
    expect(await k.ok(["get", "gadgets", "-o", "name"])).toBe("");
  });

  test("--all deletes the collection", async () => {
    await k.ok(["create", "namespace", "emptied"]);
    for (const name of ["a", "b", "c"]) await k.ok(["create", "-n", "emptied", "configmap", name]);
    await k.ok(["delete", "-n", "emptied", "cm", "--all"]);
    expect(await k.ok(["get", "-n", "emptied", "cm", "-o", "name"])).toBe("");
  });
});
