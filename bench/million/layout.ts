/** Which pools there are, and the Subnets in them: /28 blocks of 10.0.0.0/8, at most 2^20. */
import { API_VERSION, lifeOf, type Subnet, type SubnetPool } from "../../src/api/index.ts";

export interface Layout {
  readonly name: string;
  readonly pools: number;
  /** In all pools together. */
  readonly subnets: number;
}

export const NAMESPACE = "million";
/** Blocks of a pool of its own: a /18. */
const BLOCKS_OF_A_SMALL_POOL = 1_024;
const ALLOCATED_AT = "2026-01-01T00:00:00Z";

export function layoutOf(pools: number, subnets: number): Layout {
  return { name: pools === 1 ? "one-pool" : `${pools}-pools`, pools, subnets };
}

export function poolNameOf(at: number): string {
  return `pool-${at}`;
}

/** How many Subnets each pool has. */
export function subnetsOfAPool({ pools, subnets }: Layout): number {
  return Math.floor(subnets / pools);
}

export function poolAt({ pools }: Layout, at: number): SubnetPool {
  const cidr = pools === 1 ? "10.0.0.0/8" : `${dotted(at * BLOCKS_OF_A_SMALL_POOL)}/18`;
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: { name: poolNameOf(at), namespace: NAMESPACE },
    spec: { cidr, defaultBlockSize: 28, maxBlockSize: 28 },
  };
}

/** The block with this number of a pool. */
export function blockOf({ pools }: Layout, pool: number, block: number): string {
  return `${dotted(pools === 1 ? block : pool * BLOCKS_OF_A_SMALL_POOL + block)}/28`;
}

/** A Subnet as the operator leaves it, and as the API server stores it. */
export function storedSubnet(layout: Layout, at: number): Subnet {
  const pool = at % layout.pools;
  const block = Math.floor(at / layout.pools);
  const metadata = {
    name: `${poolNameOf(pool)}-${block}`,
    namespace: NAMESPACE,
    uid: `${at.toString(16).padStart(8, "0")}-7a44-4000-8000-000000000000`,
    creationTimestamp: ALLOCATED_AT,
    generation: 1,
  };
  const condition = {
    type: "Ready",
    status: "True" as const,
    reason: "Allocated",
    message: "",
    lastTransitionTime: ALLOCATED_AT,
  };
  return {
    apiVersion: API_VERSION,
    kind: "Subnet",
    metadata,
    spec: { poolRef: poolNameOf(pool), clusterID: `c-${at}`, cidr: blockOf(layout, pool, block) },
    status: {
      phase: "Allocated",
      life: lifeOf({ metadata }),
      allocatedAt: ALLOCATED_AT,
      observedGeneration: 1,
      conditions: [condition],
    },
  } as Subnet;
}

/** The address of the /28 with this number in 10.0.0.0/8. */
function dotted(block: number): string {
  return `10.${(block >> 12) & 255}.${(block >> 4) & 255}.${(block & 15) << 4}`;
}
