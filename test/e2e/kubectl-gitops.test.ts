/**
 * Manifests that a repository keeps: what the operator writes is not drift, and what is pruned is released,
 * in whatever order, and nothing else.
 */

import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, type Scratch, scratch, up } from "./up-process.ts";

const MANIFESTS = {
  company: `
apiVersion: plexaubnet.io/v1alpha1
kind: SubnetPool
metadata: { name: corp, labels: { app.kubernetes.io/instance: net } }
spec: { cidr: 10.0.0.0/12, defaultBlockSize: 16 }
`,
  team: `
apiVersion: plexaubnet.io/v1alpha1
kind: SubnetPoolClaim
metadata: { name: team, labels: { app.kubernetes.io/instance: net } }
spec: { parentPoolRef: corp, desiredBlockSize: 16 }
`,
  lab: `
apiVersion: plexaubnet.io/v1alpha1
kind: SubnetPool
metadata: { name: lab, labels: { app.kubernetes.io/instance: net } }
spec: { cidr: 10.8.0.0/16, parentRef: { name: corp } }
`,
  web: `
apiVersion: plexaubnet.io/v1alpha1
kind: SubnetClaim
metadata: { name: web, labels: { app.kubernetes.io/instance: net } }
spec: { poolRef: team, clusterID: web }
`,
  bench: `
apiVersion: plexaubnet.io/v1alpha1
kind: SubnetClaim
metadata: { name: bench, labels: { app.kubernetes.io/instance: net } }
spec: { poolRef: lab, clusterID: bench, blockSize: 26 }
`,
  hand: `
apiVersion: plexaubnet.io/v1alpha1
kind: Subnet
metadata: { name: hand, labels: { app.kubernetes.io/instance: net } }
spec: { poolRef: lab, cidr: 10.8.255.0/24, clusterID: hand }
`,
} as const;
type Part = keyof typeof MANIFESTS;
const ALL = Object.keys(MANIFESTS) as Part[];

let folder: Scratch;
let running: Running;
beforeAll(async () => {
  folder = scratch();
  running = await up(join(folder.path, ".plexaubnet"), "--no-examples", "--in-memory");
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Runs kubectl with a manifest as its input; what it prints. */
async function feed(manifest: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await running.tryKubectl(args, manifest);
  expect(code, `kubectl ${args.join(" ")}: ${stdout}${stderr}`).toBe(0);
  return stdout;
}

const textOf = (parts: readonly Part[]) => parts.map((part) => MANIFESTS[part]).join("---");
const namespaces = { count: 0 };

async function synced(): Promise<string> {
  const namespace = `git-${++namespaces.count}`;
  await running.kubectl("create", "namespace", namespace);
  await feed(textOf(ALL), "apply", "-n", namespace, "-f", "-");
  await bound(namespace, "subnetclaims", "subnetpoolclaims", "subnetpools");
  return namespace;
}

async function bound(namespace: string, ...kinds: string[]): Promise<void> {
  for (const kind of kinds)
    await running.kubectl("wait", kind, "--all", "-n", namespace, "--for=condition=Ready", "--timeout=60s");
}

test("PX-11 a second apply, a diff and a server-side apply of the same manifests change nothing", async () => {
  const namespace = await synced();
  const again = await feed(textOf(ALL), "apply", "-n", namespace, "-f", "-");
  expect(
    again
      .trim()
      .split("\n")
      .every((line) => line.endsWith(" unchanged")),
    again,
  ).toBe(true);
  // Exits with 1 where there is a difference.
  expect(await feed(textOf(ALL), "diff", "-n", namespace, "-f", "-")).toBe("");
  const before = await running.kubectl(
    "get",
    "subnetclaims,subnetpools,subnets",
    "-n",
    namespace,
    "-o",
    "yaml",
  );
  const versions = (yaml: string) => [...yaml.matchAll(/^ {4}generation: .*$/gm)].join();
  await feed(textOf(ALL), "apply", "--server-side", "--force-conflicts", "-n", namespace, "-f", "-");
  const after = await running.kubectl(
    "get",
    "subnetclaims,subnetpools,subnets",
    "-n",
    namespace,
    "-o",
    "yaml",
  );
  expect(versions(after)).toBe(versions(before));
  expect(after.match(/plexaubnet\.io\/block: /g)).toHaveLength(2);
  await bound(namespace, "subnetclaims", "subnetpoolclaims", "subnetpools");
});

test("PX-11 replaced by its manifest, which knows nothing of what the operator wrote, a claim keeps its block", async () => {
  const namespace = await synced();
  const blocks = () =>
    running.kubectl(
      "get",
      "subnetclaims",
      "-n",
      namespace,
      "-o",
      "jsonpath={.items[*].status.allocatedCIDR}",
    );
  const before = await blocks();
  await feed(textOf(["web", "bench"]), "replace", "-n", namespace, "-f", "-");
  await running.kubectl(
    ...["wait", "subnetclaims", "-l", "plexaubnet.io/block", "-n", namespace],
    ...["--all=false", "--for=condition=Ready", "--timeout=60s"],
  );
  expect(await blocks()).toBe(before);
  await feed(textOf(["bench", "web"]), "replace", "--force", "-n", namespace, "-f", "-");
  await bound(namespace, "subnetclaims");
  expect(await blocks()).toBe(before);
});

const ORDERS: readonly (readonly Part[])[] = [
  ["company", "team", "lab", "web", "bench", "hand"],
  ["team", "web", "company", "hand", "lab", "bench"],
  ["hand", "bench", "lab", "company", "web", "team"],
];

test.each(
  ORDERS,
)("PX-11 pruned in the order %s %s %s %s %s %s, in the foreground, all of it goes", async (...order) => {
  const namespace = await synced();
  const bystander =
    "apiVersion: plexaubnet.io/v1alpha1\nkind: SubnetClaim\nmetadata: { name: stays }\nspec: { poolRef: other, clusterID: stays }\n---\napiVersion: plexaubnet.io/v1alpha1\nkind: SubnetPool\nmetadata: { name: other }\nspec: { cidr: 172.16.0.0/16 }\n";
  await feed(bystander, "apply", "-n", namespace, "-f", "-");
  await bound(namespace, "subnetclaims");
  for (const part of order)
    await feed(
      MANIFESTS[part],
      ...["delete", "-n", namespace, "--cascade=foreground", "--wait=false", "-f", "-"],
    );
  const kinds = "subnetclaims,subnetpoolclaims,subnetpools,subnets";
  await running.kubectl(
    "wait",
    kinds,
    "-l",
    "app.kubernetes.io/instance=net",
    "-n",
    namespace,
    "--for=delete",
    "--timeout=60s",
  );
  const left = await running.kubectl("get", kinds, "-n", namespace, "-o", "name");
  expect(left.trim().split("\n").sort()).toEqual([
    expect.stringMatching(/^subnet\.plexaubnet\.io\/other-stays-/),
    "subnetclaim.plexaubnet.io/stays",
    "subnetpool.plexaubnet.io/other",
  ]);
});
