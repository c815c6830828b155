/** Ledger and cluster in step, made from a seed: where faults are planted. */

import type { LedgerPool, PoolId, Usage } from "../../src/balancers/ledger/index.ts";
import type { ClusterSide } from "../../src/balancers/sync/index.ts";
import { formatAddress, parseAddress } from "../../src/ipam/index.ts";

type ClusterPool = ClusterSide["pools"][number];
type LoadBalancer = ClusterSide["balancers"][number];

export interface World {
  readonly random: Random;
  readonly ledger: { pools: LedgerPool[]; usages: Usage[] };
  readonly cluster: { pools: ClusterPool[]; balancers: LoadBalancer[] };
  /** Blocks of 16 addresses that no claim has. */
  readonly free: string[];
}

/** The same numbers for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 0x9e3779b9;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  isTrue(share = 0.5): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const NAMES = ["public", "gpu", "edge", "shop", "internal", "legacy", "partner", "lab"];
const NAMESPACES = ["shop", "gpu", "billing", "web", "data"];

export function makeWorld(seed: number): World {
  const random = new Random(seed);
  const isSix = random.isTrue(0.2);
  const blocks = Array.from({ length: 40 }, (_, at) =>
    isSix
      ? `2001:db8::${(at * 16).toString(16)}/124`
      : `${random.isTrue() ? "203.0.113" : "198.51.100"}.${(at % 15) * 16}/28`,
  );
  const free = [...new Set(blocks)];
  const world: World = {
    random,
    free,
    ledger: { pools: [], usages: [] },
    cluster: { pools: [], balancers: [] },
  };
  const count = 6 + random.below(3);
  for (let at = 0; at < count; at++) {
    const name = `${NAMES[at]}-${random.below(90) + 10}`;
    addPool(world, name, free.shift() ?? "");
  }
  for (const { name } of [...world.ledger.pools]) {
    const services = 1 + random.below(3);
    for (let at = 0; at < services; at++) record(world, addBalancer(world, name));
  }
  return world;
}

/** On both sides. */
export function addPool(world: World, name: string, range: string): void {
  addClusterPool(world, name, range);
  addLedgerPool(world, name, [range]);
}

export function addClusterPool({ cluster }: World, name: string, range: string): void {
  const state = { uid: `uid-${name}`, resourceVersion: "1" };
  cluster.pools.push({
    name,
    namespace: "metallb-system",
    ranges: [range],
    autoAssign: true,
    avoidBuggyIPs: false,
    version: `${name}/1`,
    state,
    ours: false,
  });
}

export function addLedgerPool({ ledger }: World, name: string, ranges: readonly string[]): LedgerPool {
  const pool: LedgerPool = {
    id: `id-${name}` as PoolId,
    cluster: "c1",
    name,
    ranges,
    autoAssign: true,
    avoidBuggyIPs: false,
  };
  ledger.pools.push(pool);
  return pool;
}

/** The nth address of a range that is written as a CIDR. */
export function addressIn(range: string, nth: number): string {
  const parsed = parseAddress(range.split("/")[0] ?? "");
  if (!parsed.ok) throw new Error(`${range} is no range`);
  const { family, address } = parsed.value;
  return family === 4
    ? formatAddress({ family, address: Number(address) + nth })
    : formatAddress({ family, address: BigInt(address) + BigInt(nth) });
}

let counter = 0;

/** A load balancer with the next address of a pool of MetalLB. */
export function addBalancer(world: World, pool: string, ip?: string): LoadBalancer {
  const { cluster, random } = world;
  const range = cluster.pools.find(({ name }) => name === pool)?.ranges[0] ?? "";
  const used = new Set(cluster.balancers.map((one) => one.ip));
  let nth = 1;
  while (ip === undefined && used.has(addressIn(range, nth))) nth++;
  const address = ip ?? addressIn(range, nth);
  const service = `svc-${++counter}`;
  const balancer: LoadBalancer = {
    ip: address,
    family: address.includes(":") ? 6 : 4,
    serviceUid: `uid-${service}`,
    namespace: random.pick(NAMESPACES),
    service,
    poolName: pool,
  };
  cluster.balancers.push(balancer);
  return balancer;
}

/** In the ledger, against the pool that MetalLB names. */
export function record({ ledger }: World, balancer: LoadBalancer, poolName = balancer.poolName ?? ""): void {
  const { ip, family, serviceUid, namespace, service } = balancer;
  const at = "2026-01-01T00:00:00.000Z";
  ledger.usages.push({
    id: `usage-${serviceUid}`,
    cluster: "c1",
    ip,
    family,
    serviceUid,
    namespace,
    service,
    poolId: `id-${poolName}` as PoolId,
    poolName,
    state: "active",
    firstSeenAt: at,
    changedAt: at,
    missedRounds: 0,
    missedSince: undefined,
  });
}

export function resetNames(): void {
  counter = 0;
}

export type { ClusterPool, LoadBalancer };
