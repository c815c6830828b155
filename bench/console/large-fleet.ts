/** A fleet of one large pool with very many Subnets, and 1,000 child pools beside them. */
import { API_VERSION, type Subnet, type SubnetPool } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/kube/index.ts";

export const NAMESPACE = "fleet";
export const ROOT_POOL = "corp";
const CHILDREN = 1_000;
const BLOCKS_OF_A_CHILD = 8;
/** Where the child pools are: 10.192.0.0/11 and above. */
const CHILD_BASE = (10 * 256 + 192) * 65_536;

/**
 * @param count Subnets of the large pool, at most 1,000,000: /28 in 10.0.0.0 to 10.127.255.255, or /29 from
 * there on
 */
export function largeFleet(count: number): KubeObject[] {
  const objects: KubeObject[] = [pool(ROOT_POOL, "10.0.0.0/8")];
  const length = count > 500_000 ? 29 : 28;
  const size = 2 ** (32 - length);
  const room = 2 ** 23;
  const step = Math.max(size, Math.floor(room / count / size) * size);
  for (let at = 0; at < count; at++) {
    objects.push(subnet(`block-${at}`, ROOT_POOL, 10 * 2 ** 24 + at * step, length, at));
  }
  for (let at = 0; at < CHILDREN; at++) {
    const base = CHILD_BASE + at * 1_024;
    const name = `child-${at}`;
    objects.push(pool(name, `${dotted(base)}/22`, ROOT_POOL));
    objects.push(subnet(`of-${name}`, ROOT_POOL, base, 22, at, `pool.${name}`));
    for (let block = 0; block < BLOCKS_OF_A_CHILD; block++) {
      objects.push(subnet(`${name}-${block}`, name, base + block * 64, 26, block));
    }
  }
  return objects;
}

function pool(name: string, cidr: string, parent?: string): SubnetPool {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: { name, namespace: NAMESPACE },
    spec: { cidr, ...(parent !== undefined && { parentRef: { name: parent } }) },
  };
}

const PHASES = ["Allocated", "Allocated", "Allocated", "Released", "Allocated", "Pending"] as const;
const FIRST_MS = Date.parse("2026-01-01T00:00:00Z");

export function subnet(
  name: string,
  poolRef: string,
  address: number,
  length: number,
  at: number,
  clusterID = `cluster-${at % 211}`,
): Subnet {
  const phase = clusterID.startsWith("pool.")
    ? "Allocated"
    : (PHASES[(at * 7 + (at >> 5)) % PHASES.length] ?? "Allocated");
  return {
    apiVersion: API_VERSION,
    kind: "Subnet",
    metadata: { name, namespace: NAMESPACE },
    spec: { poolRef, cidr: `${dotted(address)}/${length}`, clusterID },
    status: { phase, allocatedAt: new Date(FIRST_MS + (at % 300) * 86_400_000).toISOString() },
  };
}

export function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}
