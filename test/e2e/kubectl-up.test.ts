/**
 * A person at a shell: the real kubectl against `plexaubnet up`.
 */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Subnet, SubnetClaim, SubnetPool } from "../../src/api/index.ts";
import { overlaps, type Prefix, parsePrefix } from "../../src/ipam/index.ts";
import { type Running, type Scratch, scratch, up } from "./up-process.ts";

let folder: Scratch;
let running: Running;

beforeAll(async () => {
  folder = scratch();
  running = await up(folder.path);
});

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function items<T>(...what: string[]): Promise<T[]> {
  return (JSON.parse(await running.kubectl("get", ...what, "-o", "json")) as { items: T[] }).items;
}

function claim(name: string, spec: string): string {
  return `apiVersion: plexaubnet.io/v1alpha1
kind: SubnetClaim
metadata: { name: ${name}, namespace: fleet }
spec: { clusterID: ${name}, ${spec} }
`;
}

async function untilBound(name: string): Promise<void> {
  await running.kubectl(
    "wait",
    `subnetclaim/${name}`,
    "-n",
    "fleet",
    "--for=condition=Ready",
    "--timeout=60s",
  );
}

test("kubectl get shows the fleet in columns", async () => {
  const text = await running.kubectl("get", "subnetpools,subnetclaims,subnets", "-A");
  expect(text).toMatch(/^NAMESPACE +NAME +CIDR +STRATEGY +ALLOCATED +FREE +USED% +PARENT +READY +AGE$/m);
  expect(text).toMatch(/^NAMESPACE +NAME +PHASE +CLUSTERID +POOL +ALLOCATED +AGE$/m);
  expect(text).toMatch(
    /^fleet +subnetclaim\.plexaubnet\.io\/payments-prod-euw1-pods +Bound +payments-prod-euw1 /m,
  );
  expect(text).toMatch(/^fleet +subnetclaim\.plexaubnet\.io\/gpu-lab-flat +Pending +gpu-lab-flat +corp /m);
});

test("a claim is Bound when it is applied, and its block is free again when it is deleted", async () => {
  const pool = "us-east-staging-nodes";
  const freeCount = () =>
    running.kubectl("get", "subnetpool", pool, "-n", "fleet", "-o", "jsonpath={.status.freeCount}");
  const before = Number(await freeCount());
  const applied = await running.apply(claim("newcomer", `poolRef: ${pool}`));
  expect(applied).toMatchObject({ code: 0, stdout: "subnetclaim.plexaubnet.io/newcomer created\n" });
  await untilBound("newcomer");
  await expect.poll(freeCount).toBe(String(before - 1));
  const describe = () => running.kubectl("describe", "subnetclaim", "newcomer", "-n", "fleet");
  await expect.poll(describe).toMatch(/Normal +SubnetAllocated /);
  await running.kubectl("delete", "subnetclaim", "newcomer", "-n", "fleet");
  await expect.poll(freeCount).toBe(String(before));
});

test("PX-02 no two Allocated Subnets of one pool overlap, and every Bound claim has its own", async () => {
  const subnets = (await items<Subnet>("subnets", "-A")).filter(
    ({ status }) => status?.phase === "Allocated",
  );
  const prefixOf = (cidr: string): Prefix => {
    const parsed = parsePrefix(cidr);
    if (!parsed.ok) throw new Error(`${cidr} is no prefix`);
    return parsed.value;
  };
  const pools = new Map(
    (await items<SubnetPool>("subnetpools", "-A")).map((pool) => [pool.metadata.name, pool]),
  );
  for (const group of Map.groupBy(subnets, ({ spec }) => spec.poolRef).values()) {
    const blocks = group.map(({ spec }) => prefixOf(spec.cidr));
    blocks.forEach((block, index) => {
      for (const other of blocks.slice(index + 1)) expect(overlaps(block, other)).toBe(false);
      const pool = pools.get(group[0]?.spec.poolRef ?? "");
      expect(overlaps(block, prefixOf(pool?.spec.cidr ?? ""))).toBe(true);
    });
  }
  const claims = (await items<SubnetClaim>("subnetclaims", "-A")).filter(
    ({ status }) => status?.phase === "Bound",
  );
  expect(claims.length).toBeGreaterThanOrEqual(128);
  const byClaim = new Map(subnets.map((subnet) => [subnet.spec.claimRef?.uid, subnet.spec.cidr]));
  for (const { metadata, status } of claims) expect(byClaim.get(metadata.uid)).toBe(status?.allocatedCIDR);
});

test("PX-03 a claim on a pool that does not exist reports it, and is served when the pool comes", async () => {
  await running.apply(claim("early", "poolRef: later"));
  await running.kubectl(
    "wait",
    "subnetclaim/early",
    "-n",
    "fleet",
    "--for=condition=Ready=false",
    "--timeout=60s",
  );
  const early = JSON.parse(
    await running.kubectl("get", "subnetclaim", "early", "-n", "fleet", "-o", "json"),
  ) as SubnetClaim;
  expect(early.status?.conditions?.[0]?.reason).toBe("PoolNotFound");
  expect(early.status?.message).toContain("later");
  const pool = `apiVersion: plexaubnet.io/v1alpha1
kind: SubnetPool
metadata: { name: later, namespace: fleet }
spec: { cidr: 192.168.0.0/16 }
`;
  expect(await running.apply(pool)).toMatchObject({ code: 0 });
  await untilBound("early");
  await running.kubectl("delete", "subnetclaim/early", "subnetpool/later", "-n", "fleet");
});

test.each([
  [
    "a malformed manifest",
    claim("bad", "poolRef: corp").replace("spec: {", "spec: {{"),
    /error (parsing|converting)/,
  ],
  ["a field of the wrong type", claim("bad", "poolRef: corp, blockSize: large"), /blockSize.*integer/],
  [
    "host bits in a CIDR",
    claim("bad", "poolRef: corp, requestedCIDR: 10.200.0.1/16"),
    /requestedCIDR.*host bits/,
  ],
  ["an unknown field", claim("bad", "poolRef: corp, size: 24"), /unknown field "(spec\.)?size"/],
  ["a field that is missing", claim("bad", "blockSize: 24"), /poolRef.*[Rr]equired|required field "poolRef"/],
])("%s is refused in words, and changes nothing", async (_what, manifest, complaint) => {
  const end = await running.apply(manifest);
  expect(end.code).toBe(1);
  expect(end.stderr).toMatch(complaint);
  expect(await running.tryKubectl(["get", "subnetclaim", "bad", "-n", "fleet"])).toMatchObject({ code: 1 });
});

test("kubectl get -w shows a change as it happens", async () => {
  const args = [
    "get",
    "subnetclaims",
    "-n",
    "fleet",
    "-w",
    "--no-headers",
    "--field-selector",
    "spec.clusterID=watched",
  ];
  const env = { ...process.env, HOME: folder.path, KUBECONFIG: `${folder.path}/kubeconfig` };
  const watch = spawn("kubectl", args, { env });
  const seen = new Promise<string>((resolve) => {
    let text = "";
    watch.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (/Bound.*\n/.test(text)) resolve(text);
    });
  });
  await running.apply(claim("watched", "poolRef: us-east-staging-nodes"));
  expect(await seen).toMatch(/^watched +Bound +watched +us-east-staging-nodes +10\./m);
  watch.kill();
  await running.kubectl("delete", "subnetclaim", "watched", "-n", "fleet");
});

test("kubectl explain knows our fields", async () => {
  const text = await running.kubectl("explain", "subnetclaim.spec");
  expect(text).toContain("plexaubnet.io");
  expect(text).toMatch(/poolRef\s+<string> -required-\s+Name of the SubnetPool to allocate from/);
});

test("the built-in kinds that a first visit needs are there", async () => {
  const manifests = `apiVersion: v1
kind: Namespace
metadata: { name: visit }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: notes, namespace: visit }
data: { who: newcomer }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: visit }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;
  expect(await running.apply(manifests)).toMatchObject({ code: 0 });
  expect(await running.kubectl("get", "namespaces")).toMatch(/^visit +Active /m);
  expect(await running.kubectl("get", "configmaps", "-n", "visit")).toMatch(/^notes +1 /m);
  expect(await running.kubectl("get", "services", "-n", "visit")).toMatch(/^web +ClusterIP /m);
  expect(await running.kubectl("get", "events", "-n", "fleet")).toMatch(/SubnetAllocated/);
  await running.kubectl("delete", "namespace", "visit");
  expect(await running.tryKubectl(["get", "configmap", "notes", "-n", "visit"])).toMatchObject({ code: 1 });
});
