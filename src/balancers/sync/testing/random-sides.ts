/** Both sides as tests want them, and at random. */
import { seededRandom } from "../../../kernel/index.ts";
import { type LedgerPool, type PoolId, PoolIndex, type Usage } from "../../ledger/index.ts";
import type { ClusterPool, LoadBalancer } from "../metallb.ts";
import type { Sides } from "../sides.ts";

export function recorded(name: string, ...ranges: string[]): LedgerPool {
  return { id: `row-${name}` as PoolId, cluster: "c", name, ranges, autoAssign: true, avoidBuggyIPs: false };
}

export function present(name: string, ...ranges: string[]): ClusterPool {
  const state = { uid: name, resourceVersion: "1" };
  const flags = { autoAssign: true, avoidBuggyIPs: false };
  return { name, namespace: "metallb-system", ranges, ...flags, version: "1", state, ours: true };
}

export function balancer(ip: string): LoadBalancer {
  return {
    ip,
    family: 4,
    serviceUid: `uid-${ip}`,
    namespace: "shop",
    service: `s-${ip}`,
    poolName: undefined,
  };
}

export function usage(ip: string, pool: string, state: Usage["state"] = "active"): Usage {
  const times = { firstSeenAt: "", changedAt: "", missedRounds: 0, missedSince: undefined };
  const poolId = `row-${pool}` as PoolId;
  return { ...balancer(ip), ...times, id: ip, cluster: "c", poolId, poolName: pool, state };
}

/** Pools of random shape over one small network, so that they touch each other often. Those of the cluster are apart. */
export function randomSides(seed: number): Sides {
  const random = seededRandom(seed);
  const pick = (below: number) => Math.floor(random.next() * below);
  const names = ["a", "b", "c", "d", "e", "f"];
  const range = () => {
    const length = 26 + pick(4);
    const size = 2 ** (32 - length);
    return `10.0.0.${pick(256 / size) * size}/${length}`;
  };
  const inCluster: ClusterPool[] = [];
  for (const name of names) {
    const text = range();
    const taken = new PoolIndex(inCluster);
    const [first = "", length = "0"] = text.split("/");
    const start = Number(first.split(".")[3]);
    const all = Array.from({ length: 2 ** (32 - Number(length)) }, (_, at) => `10.0.0.${start + at}`);
    if (pick(4) > 0 && !all.some((ip) => taken.holds(ip))) inCluster.push(present(name, text));
  }
  const inLedger = names.flatMap((name) =>
    pick(4) === 0 ? [] : [recorded(name, ...(pick(3) === 0 ? [range(), range()] : [range()]))],
  );
  const clusterIndex = new PoolIndex(inCluster);
  const ips = Array.from({ length: 12 }, () => `10.0.0.${pick(256)}`).filter((ip) => clusterIndex.holds(ip));
  const usages = [...new Set(ips)].flatMap((ip) => {
    const row = inLedger[pick(inLedger.length + 1)];
    return row === undefined ? [] : [usage(ip, row.name, pick(4) === 0 ? "discovered" : "active")];
  });
  const gone = [`10.0.0.${pick(256)}`].flatMap((ip) => {
    const row = inLedger[pick(inLedger.length)];
    return row === undefined || ips.includes(ip) ? [] : [usage(ip, row.name, "missing")];
  });
  return {
    ledger: { pools: inLedger, usages: [...usages, ...gone] },
    cluster: { pools: inCluster, balancers: [...new Set(ips)].map(balancer) },
  };
}
