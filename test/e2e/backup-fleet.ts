/**
 * A fleet with holes, children, and every kind of holder, of which the lowest free block belongs to no claim
 * by right.
 */
import type { Running } from "./up-process.ts";

export interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly namespace?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export const KINDS = "subnetpools,subnets,subnetpoolclaims,subnetclaims";

function object(kind: string, name: string, spec: object): string {
  return JSON.stringify({ apiVersion: "plexaubnet.io/v1alpha1", kind, metadata: { name }, spec });
}

const pool = (name: string, cidr: string, more: object = {}) => object("SubnetPool", name, { cidr, ...more });
const claim = (name: string, poolRef: string, more: object = {}) =>
  object("SubnetClaim", name, { poolRef, clusterID: name, ...more });
const child = (name: string, parentPoolRef: string, desiredBlockSize: number) =>
  object("SubnetPoolClaim", name, { parentPoolRef, desiredBlockSize });

/** Each step is done when what is named has its answer. */
const STEPS: readonly (readonly string[])[] = [
  [
    pool("corp", "10.0.0.0/16", { defaultBlockSize: 24 }),
    pool("buddy", "172.16.0.0/20", { strategy: "Buddy" }),
    pool("keeping", "172.20.0.0/20", { reclaimPolicy: "Retain" }),
    pool("six", "fd00:10::/48"),
    pool("tiny", "192.168.0.0/30", { defaultBlockSize: 31 }),
  ],
  [claim("a", "corp")],
  [claim("b", "corp")],
  [claim("c", "corp", { blockSize: 23 })],
  [claim("d", "corp")],
  [child("red", "corp", 20)],
  [child("blue", "corp", 20)],
  [claim("web", "blue"), claim("gone", "blue"), claim("db", "blue", { blockSize: 26 })],
  [
    object("SubnetPool", "lab", { cidr: "10.0.128.0/20", parentRef: { name: "corp" } }),
    object("Subnet", "printers", { poolRef: "corp", cidr: "10.0.64.0/24", clusterID: "printers" }),
    claim("lab-1", "lab"),
    child("deep", "lab", 24),
    claim("deep-1", "deep", { blockSize: 28 }),
  ],
  [claim("small", "buddy", { blockSize: 26 }), claim("exact", "buddy", { requestedCIDR: "172.16.8.0/24" })],
  [claim("k-1", "keeping"), claim("k-2", "keeping"), claim("six-1", "six"), claim("six-2", "six")],
  [claim("pods", "corp", { clusterID: "d", purpose: "pods" })],
  [claim("t-1", "tiny"), claim("t-2", "tiny")],
];

/** What made the holes. */
const GONE = [
  "subnetclaim/a",
  "subnetpoolclaim/red",
  "subnetclaim/gone",
  "subnetclaim/k-1",
  "subnetclaim/six-1",
];

export async function makeFleet(running: Running, namespace: string): Promise<void> {
  await running.kubectl("create", "namespace", namespace);
  const apply = async (manifests: readonly string[]) => {
    const text = `---\n${manifests.join("\n---\n")}`;
    const { code, stderr } = await running.tryKubectl(["apply", "-n", namespace, "-f", "-"], text);
    if (code !== 0) throw new Error(stderr);
  };
  for (const step of STEPS) {
    await apply(step);
    const waited = ["wait", "-n", namespace, "--for=condition=Ready", "--timeout=60s", "--all"];
    await running.kubectl(...waited, "subnetpools,subnetpoolclaims,subnetclaims");
  }
  for (const name of GONE) await running.kubectl("delete", "-n", namespace, name);
  await apply([claim("z-late", "tiny")]);
  await running.kubectl("wait", "-n", namespace, "--for=condition=Ready=false", "subnetclaim/z-late");
}

export async function objectsIn(running: Running, namespace: string): Promise<AnyObject[]> {
  const text = await running.kubectl("get", KINDS, "-n", namespace, "-o", "json");
  return (JSON.parse(text) as { items: AnyObject[] }).items;
}

/** `kind/name` → block: of pools, of hand-made Subnets, and of claims that are Bound. */
export function blocksOf(objects: readonly AnyObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.flatMap(({ kind, metadata, spec, status }): [string, unknown][] => {
      const block = kind === "SubnetClaim" ? status?.allocatedCIDR : spec?.cidr;
      const isMade = kind === "Subnet" && metadata.name !== "printers";
      return block === undefined || isMade ? [] : [[`${kind}/${metadata.name}`, block]];
    }),
  );
}
