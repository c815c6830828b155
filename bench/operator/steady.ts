/**
 * How long a claim takes from its creation until Bound at a steady rate, server and operator cold, and where
 * the time goes: stage by stage of the road as a client sees it, and second by second inside both processes.
 */
import { BLOCK_LABEL, SUBNET_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import { type BenchReport, type Figure, percentile, target } from "../report.ts";
import type { BenchWorld } from "./bench-world.ts";
import type { ProbedSecond } from "./process-probe.ts";

/** When a client saw each step of one claim, on the monotonic clock. */
interface Seen {
  sentMs: number;
  createdMs?: number;
  recordedMs?: number;
  subnetMs?: number;
  allocatedMs?: number;
  boundMs?: number;
}

type Step = keyof Seen;

/** From one step to the next: what happens in between. */
const STAGES: readonly (readonly [name: string, from: Step, to: Step])[] = [
  ["created", "sentMs", "createdMs"],
  ["block recorded", "createdMs", "recordedMs"],
  ["Subnet created", "recordedMs", "subnetMs"],
  ["Subnet decided", "subnetMs", "allocatedMs"],
  ["Bound", "allocatedMs", "boundMs"],
];

const NAMESPACE = "steady";
const POOL = "steady";

export async function measureSteady(
  world: BenchWorld,
  perSecond: number,
  seconds: number,
): Promise<Pick<BenchReport, "figures" | "targets">> {
  await world.namespace(NAMESPACE);
  await world.create(SUBNET_POOLS, NAMESPACE, POOL, { cidr: "10.0.0.0/8" });
  const operator = await world.startOperator();
  const epochMs = Date.now() - performance.now();
  const all = await loadSteadily(world, perSecond, seconds);
  const processes = { server: await world.probedSeconds(), operator: await operator.probedSeconds() };
  await operator.stop();
  printSeconds(all, epochMs, processes);
  const took = all.map(({ sentMs, boundMs = Number.NaN }) => boundMs - sentMs);
  const figures: Record<string, Figure> = {
    "claims.steady.p50": { value: percentile(took, 50), unit: `ms created → Bound at ${perSecond}/s` },
    "claims.steady.p99": { value: percentile(took, 99), unit: `ms created → Bound at ${perSecond}/s` },
  };
  for (const [name, from, to] of STAGES) {
    const stage = all.map((seen) => (seen[to] ?? Number.NaN) - (seen[from] ?? Number.NaN));
    figures[`claims.steady.${name}`] = {
      value: percentile(stage, 50),
      unit: `ms p50, ${percentile(stage, 99).toFixed(1)} ms p99, after the stage before`,
    };
  }
  return {
    figures,
    targets: [
      target("claims.steady.p50 ms", percentile(took, 50), "<=", 5),
      target("claims.steady.p99 ms", percentile(took, 99), "<=", 50),
    ],
  };
}

async function loadSteadily(world: BenchWorld, perSecond: number, seconds: number): Promise<readonly Seen[]> {
  const count = perSecond * seconds;
  const seen = new Map<string, Seen>();
  let bound = 0;
  const subnets = world.follow(SUBNETS, NAMESPACE, ({ spec, status }, atMs) => {
    const claim = seen.get(spec.clusterID);
    if (claim === undefined) return false;
    claim.subnetMs ??= atMs;
    if (status?.phase === "Allocated") claim.allocatedMs ??= atMs;
    return false;
  });
  subnets.catch(() => undefined);
  const all = world.follow(SUBNET_CLAIMS, NAMESPACE, ({ metadata, status }, atMs) => {
    const claim = seen.get(metadata.name);
    if (claim === undefined) return false;
    if (metadata.labels?.[BLOCK_LABEL] !== undefined) claim.recordedMs ??= atMs;
    if (status?.phase !== "Bound" || claim.boundMs !== undefined) return false;
    claim.boundMs = atMs;
    return ++bound === count;
  });
  const startMs = performance.now();
  const creations: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    const waitMs = startMs + (i * 1000) / perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const name = `c-${i}`;
    const claim: Seen = { sentMs: performance.now() };
    seen.set(name, claim);
    const creation = world.create(SUBNET_CLAIMS, NAMESPACE, name, { poolRef: POOL, clusterID: name });
    creations.push(creation.then(() => (claim.createdMs = performance.now())));
  }
  await Promise.all(creations);
  await all;
  return [...seen.values()];
}

type Processes = Readonly<Record<"server" | "operator", readonly ProbedSecond[]>>;

/** The seconds whose slowest claim took longest, and what the processes did then. */
function printSeconds(all: readonly Seen[], epochMs: number, processes: Processes): void {
  const bySecond = Map.groupBy(all, ({ sentMs }) => Math.floor((sentMs - (all[0] as Seen).sentMs) / 1000));
  const rows = [...bySecond].map(([second, claims]) => {
    const took = claims.map(({ sentMs, boundMs = Number.NaN }) => boundMs - sentMs);
    return { second, claims, p50: percentile(took, 50), p99: percentile(took, 99) };
  });
  const shown = new Set([...rows].sort((a, b) => b.p99 - a.p99).slice(0, 8));
  for (const row of rows) {
    if (row.second > 1 && !shown.has(row)) continue;
    const atMs = epochMs + (row.claims[0] as Seen).sentMs;
    const inside = Object.entries(processes).map(([name, seconds]) => `${name} ${wordsOf(seconds, atMs)}`);
    console.log(
      `second ${row.second}: p50 ${row.p50.toFixed(1)} ms, p99 ${row.p99.toFixed(1)} ms; ${inside.join("; ")}`,
    );
  }
}

function wordsOf(seconds: readonly ProbedSecond[], atMs: number): string {
  const during = seconds.filter((second) => second.atMs < atMs + 1000 && second.atMs + 1000 > atMs);
  const longest = (of: (second: ProbedSecond) => number) => Math.max(0, ...during.map(of)).toFixed(0);
  const work = new Set(during.flatMap((second) => Object.keys(second.work)));
  const works = [...work].map(
    (name) => `, ${name} up to ${longest((second) => second.work[name]?.longest ?? 0)} ms`,
  );
  return (
    `loop held up ${longest((second) => second.loopMs)} ms, collections ${longest((second) => second.collectionsMs)} ms ` +
    `(longest ${longest((second) => second.longestCollectionMs)}), CPU ${longest((second) => second.cpuMs)} ms${works.join("")}`
  );
}
