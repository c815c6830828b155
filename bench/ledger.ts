/**
 * A full comparison of 1,000 pools and 100,000 load balancers against a SQLite ledger, and whether history
 * costs memory. With `--scale ADDRESS` the same numbers through repair, diff and usage of an empty ledger
 * there.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Ledger, openLedger, PoolIndex, type UsageDraft } from "../src/balancers/ledger/index.ts";
import {
  type ClusterSide,
  compare,
  DEFAULT_SETTINGS,
  makePlan,
  observeUsage,
  readLedgerSide,
} from "../src/balancers/sync/index.ts";
import { formatAddress } from "../src/ipam/index.ts";
import { systemClock, systemKernel } from "../src/kernel/index.ts";
import { type BenchReport, median, target } from "./report.ts";

const POOLS = 1_000;
const PER_POOL = 100;
const HISTORY = 100_000;
const STAMP = { actor: "bench", reason: "a measurement" };

function clusterSide(): ClusterSide {
  const pools = Array.from({ length: POOLS }, (_, at) => ({
    name: `pool-${at}`,
    namespace: "metallb-system",
    ranges: [`10.${Math.floor(at / 256)}.${at % 256}.0/24`],
    autoAssign: true,
    avoidBuggyIPs: false,
    version: `${at}/1`,
    state: { uid: "u", resourceVersion: "1" },
    ours: false,
  }));
  const balancers = pools.flatMap((pool, at) =>
    Array.from({ length: PER_POOL }, (_, nth) => ({
      ip: formatAddress({ family: 4, address: 0x0a000000 + at * 256 + nth }),
      family: 4 as const,
      serviceUid: `uid-${at}-${nth}`,
      namespace: "ns",
      service: `svc-${at}-${nth}`,
      poolName: pool.name,
    })),
  );
  return { pools, balancers };
}

async function fill(
  ledger: Ledger,
  { pools, balancers }: ClusterSide,
  state: UsageDraft["state"],
  suffix = "",
) {
  await ledger.write(STAMP, async (writer) => {
    if (suffix === "") for (const pool of pools) await writer.createPool("default", pool);
    const index = new PoolIndex(await writer.readPools("default"));
    const drafts = balancers.map((one): UsageDraft => {
      const found = index.lookUp(one.ip);
      const poolId = found.result === "found" ? found.pool.id : undefined;
      return {
        ...one,
        serviceUid: one.serviceUid + suffix,
        cluster: "default",
        poolId,
        poolName: one.poolName ?? "",
        state,
      };
    });
    await writer.recordUsages(drafts);
  });
}

/** Milliseconds of a whole comparison: the ledger's read included, the cluster's list not. */
async function comparisonMs(ledger: Ledger, cluster: ClusterSide): Promise<number> {
  const beganMs = systemClock.monotonicMs();
  const sides = { ledger: await readLedgerSide(ledger, DEFAULT_SETTINGS), cluster };
  const observation = observeUsage(sides, DEFAULT_SETTINGS, 0);
  const drift = compare(sides);
  makePlan({ id: "p", createdAt: "", sides, drift, settings: DEFAULT_SETTINGS, unfit: () => undefined });
  if (drift.length + observation.discovered.length > 0) throw new Error("the sides were made equal");
  return systemClock.monotonicMs() - beganMs;
}

async function heapMiB(ledger: Ledger, cluster: ClusterSide): Promise<number> {
  await comparisonMs(ledger, cluster);
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const SCALE_TARGETS = { repair: [60, 400], diff: [5, 300] } as const;

/** `--scale ADDRESS`: what the commands do with an empty ledger there, each in a process of its own. */
async function scale(address: string): Promise<BenchReport> {
  const figures: Record<string, BenchReport["figures"][string]> = {};
  const targets: BenchReport["targets"][number][] = [];
  for (const what of ["repair", "diff", "usage"] as const) {
    const script = join(import.meta.dirname, "ledger/scale-process.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [script, address, what]);
    const { seconds, mib } = JSON.parse(stdout) as { seconds: number; mib: number };
    figures[what] = { value: seconds, unit: "s" };
    figures[`${what}, memory at its peak`] = { value: mib, unit: "MiB" };
    if (what === "usage") continue;
    const [mostSeconds, mostMib] = SCALE_TARGETS[what];
    targets.push(target(`${what}, seconds`, seconds, "<=", mostSeconds));
    targets.push(target(`${what}, MiB`, mib, "<=", mostMib));
  }
  return { suite: "ledger", figures, targets };
}

export async function run(flags: readonly string[] = []): Promise<BenchReport> {
  const address = flags[flags.indexOf("--scale") + 1];
  if (flags.includes("--scale") && address !== undefined) return scale(address);
  (await import("node:v8")).setFlagsFromString("--expose-gc");
  globalThis.gc = (await import("node:vm")).runInNewContext("gc");
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-bench-"));
  const ledger = await openLedger({
    target: { dialect: "sqlite", path: join(folder, "l.db") },
    kernel: systemKernel,
  });
  try {
    const cluster = clusterSide();
    await fill(ledger, cluster, "active");
    const times: number[] = [];
    for (let round = 0; round < 5; round++) times.push(await comparisonMs(ledger, cluster));
    const beganMs = systemClock.monotonicMs();
    for (let nth = 0; nth < 20; nth++) await ledger.findPoolByIp("default", "10.1.2.3");
    const lookUpMs = (systemClock.monotonicMs() - beganMs) / 20;
    const before = await heapMiB(ledger, cluster);
    for (let at = 0; at < HISTORY / cluster.balancers.length; at++)
      await fill(ledger, cluster, "released", `-old-${at}`);
    const after = await heapMiB(ledger, cluster);
    const comparison = median(times);
    return {
      suite: "ledger",
      figures: {
        "full comparison of 1,000 pools and 100,000 usages": { value: comparison, unit: "ms" },
        "findPoolByIp among 1,000 pools": { value: lookUpMs, unit: "ms" },
        "heap after 100,000 more rows of history": { value: after - before, unit: "MiB" },
      },
      targets: [
        target("full comparison, seconds", comparison / 1000, "<=", 5),
        target("heap that history costs, MiB", after - before, "<=", 5),
      ],
    };
  } finally {
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
