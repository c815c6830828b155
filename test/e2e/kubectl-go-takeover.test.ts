/**
 * A cluster that the Go operator of the same name has served, taken over with kubectl as
 * docs/guide/moving-over.md describes: its definitions and objects are there, ours are applied over them, and
 * `plexaubnet run` starts. Nothing is exported.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KubectlFixture, startKubectlFixture } from "./kubectl-fixture.ts";
import { RunProcess } from "./run-process.ts";
import { plexaubnet } from "./up-process.ts";

const CRDS = fileURLToPath(new URL("../../deploy/crds", import.meta.url));

let kube: KubectlFixture;
let kubeconfig: string;
let operator: RunProcess | undefined;

/** Definitions that take what that operator's take, and no rule of ours. */
const itsDefinitions = [
  ["Subnet", "subnets"],
  ["SubnetClaim", "subnetclaims"],
  ["SubnetPool", "subnetpools"],
  ["SubnetPoolClaim", "subnetpoolclaims"],
].map(
  ([kind = "", plural]) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${plural}.plexaubnet.io }
spec:
  group: plexaubnet.io
  scope: Namespaced
  names: { kind: ${kind}, listKind: ${kind}List, plural: ${plural}, singular: ${kind.toLowerCase()} }
  versions:
    - name: v1alpha1
      served: true
      storage: true
      subresources: { status: {} }
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, x-kubernetes-preserve-unknown-fields: true }
            status: { type: object, x-kubernetes-preserve-unknown-fields: true }
`,
);

async function make(kind: string, name: string, spec: object, status?: object, metadata: object = {}) {
  const object = { apiVersion: "plexaubnet.io/v1alpha1", kind, metadata: { ...metadata, name }, spec };
  await kube.apply(JSON.stringify(object, undefined, 1));
  if (status === undefined) return;
  const patch = JSON.stringify({ status });
  await kube.ok(["patch", kind, name, "--subresource=status", "--type=merge", "-p", patch]);
}

const field = (kind: string, name: string, path: string) =>
  kube.ok(["get", kind, name, "-o", `jsonpath={${path}}`]);

/** A Bound claim, and the Subnet that was made for it. */
async function given(name: string, pool: string, cidr: string): Promise<string> {
  const blockSize = Number(cidr.split("/")[1]);
  const conditions = [
    {
      type: "Ready",
      status: "True",
      reason: "Allocated",
      message: `CIDR ${cidr} allocated`,
      lastTransitionTime: "2025-05-12T08:00:00Z",
    },
  ];
  const status = { phase: "Bound", allocatedCIDR: cidr, observedGeneration: 1, conditions };
  await make("SubnetClaim", name, { poolRef: pool, clusterID: name, blockSize }, status);
  const uid = await field("subnetclaim", name, ".metadata.uid");
  const subnet = `${pool}-${cidr.replaceAll(/[./]/g, "-")}`;
  const spec = { poolRef: pool, cidr, clusterID: name, claimRef: { name, uid } };
  const ownerReferences = [
    {
      apiVersion: "plexaubnet.io/v1alpha1",
      kind: "SubnetClaim",
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ];
  const allocated = { phase: "Allocated", allocatedAt: "2025-05-12T08:00:00Z" };
  await make("Subnet", subnet, spec, allocated, { ownerReferences });
  return field("subnet", subnet, ".metadata.uid");
}

let uids: readonly string[];
beforeAll(async () => {
  kube = await startKubectlFixture();
  kubeconfig = join(kube.directory, "kubeconfig");
  await kube.apply(itsDefinitions.join("---"));
  await kube.ok(["wait", "crd", "--all", "--for=condition=Established"]);
  const pool = { cidr: "10.30.0.0/16", defaultBlockSize: 24, strategy: "Linear" };
  const status = { allocatedCount: 2, allocatedCIDRs: {}, freeCountBySize: { "24": 251 } };
  await make("SubnetPool", "prod", pool, status);
  await make("SubnetPool", "uneven", { ...pool, cidr: "10.31.0.7/24" }, status);
  uids = [await given("billing", "prod", "10.30.0.0/24"), await given("search", "prod", "10.30.4.0/22")];
  await given("in-uneven", "uneven", "10.31.0.0/28");
  await make(
    "SubnetClaim",
    "late",
    { poolRef: "prod", clusterID: "late", blockSize: 24 },
    { phase: "Pending" },
  );
});
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]();
  await kube.stop();
});

const check = () => plexaubnet(["check", "--kubeconfig", kubeconfig]);

test("PS-05 check reads the cluster before anything is changed, and finds its blocks in order", async () => {
  const { stdout } = await check();
  expect(stdout).not.toContain("bound-claim");
  expect(stdout).not.toContain("overlap");
});

test("PS-05 our definitions go over its own, and every claim keeps its block and its Subnet", async () => {
  await kube.ok(["apply", "-f", CRDS]);
  operator = new RunProcess(["--kubeconfig", kubeconfig, "--metrics-bind-address", "0"]);
  await kube.ok(["wait", "subnetclaims/late", "--for=condition=Ready", "--timeout=60s"]);
  for (const [i, name] of ["prod-10-30-0-0-24", "prod-10-30-4-0-22"].entries()) {
    const decided = "--for=jsonpath={.status.observedGeneration}=1";
    await kube.ok(["wait", `subnet/${name}`, decided, "--timeout=60s"]);
    expect(await field("subnet", name, ".metadata.uid")).toBe(uids[i]);
  }
  for (const name of ["billing", "search"]) {
    await kube.ok([
      "wait",
      `subnetclaim/${name}`,
      "--for=jsonpath={.status.subnetRef.name}",
      "--timeout=60s",
    ]);
  }
  const columns = ".spec.clusterID,:.status.phase,:.status.allocatedCIDR,:.status.subnetRef.name";
  const table = await kube.ok([
    "get",
    "subnetclaims",
    "billing",
    "search",
    "-o",
    `custom-columns=:${columns}`,
    "--no-headers",
  ]);
  expect(table).toMatch(/billing +Bound +10\.30\.0\.0\/24 +prod-10-30-0-0-24/);
  expect(table).toMatch(/search +Bound +10\.30\.4\.0\/22 +prod-10-30-4-0-22/);
  expect(await field("subnetclaim", "late", ".status.allocatedCIDR")).toBe("10.30.1.0/24");
});

test("PX-03 what is of no use here reports it, and takes nothing from those who have something of it", async () => {
  await kube.ok(["wait", "subnetpool/uneven", "--for=condition=Ready=false", "--timeout=60s"]);
  expect(await field("subnetpool", "uneven", ".status.conditions[?(@.type=='Ready')].message")).toContain(
    "10.31.0.0/24",
  );
  expect(await field("subnetclaim", "in-uneven", ".status.phase")).toBe("Bound");
  expect(await field("subnet", "uneven-10-31-0-0-28", ".status.phase")).toBe("Allocated");
  // The cure that the message names.
  await kube.ok(["patch", "subnetpool", "uneven", "--type=merge", "-p", '{"spec":{"cidr":"10.31.0.0/24"}}']);
  const adopted = "--for=jsonpath={.status.subnetRef.name}=uneven-10-31-0-0-28";
  await kube.ok(["wait", "subnetclaim/in-uneven", adopted, "--timeout=60s"]);
});

test("its manifests apply as before, and change nothing", async () => {
  const spec = "spec: { poolRef: prod, clusterID: billing, blockSize: 24 }";
  const manifest = `apiVersion: plexaubnet.io/v1alpha1\nkind: SubnetClaim\nmetadata: { name: billing }\n${spec}`;
  expect(await kube.apply(manifest)).toContain("subnetclaim.plexaubnet.io/billing unchanged");
});

test("check and explain find it all in order, and a claim that goes takes its Subnet along", async () => {
  await expect.poll(async () => (await check()).code).toBe(0);
  const said = await plexaubnet(["explain", "search", "--kubeconfig", kubeconfig]);
  expect(said.stdout).toContain("Subnet prod-10-30-4-0-22 stands for it");
  await kube.ok(["delete", "subnetclaim", "search"]);
  await kube.ok(["wait", "--for=delete", "subnet/prod-10-30-4-0-22", "--timeout=60s"]);
});
