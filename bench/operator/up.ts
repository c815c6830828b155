/**
 * `plexaubnet up`: operator and API server in one process, which talk over TLS or over memory. Each figure is
 * that of a fresh process, and the two take turns.
 *
 * BENCH_UP_CLAIMS, BENCH_UP_SUBNETS, BENCH_UP_ROUNDS change the sizes.
 */
import { fork } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchReport, type Figure, median, ratioTarget } from "../report.ts";

const TRANSPORTS = ["tls", "memory"] as const;
type Transport = (typeof TRANSPORTS)[number];
type Task = "burst" | "fill" | "hold";
type Result = Readonly<Record<string, number>>;

const MIB = 2 ** 20;

const sizeOf = (variable: string, usual: number) => Number(process.env[variable] ?? usual);

function runProcess(task: Task, transport: Transport, directory: string, count: number): Promise<Result> {
  const child = fork(
    join(import.meta.dirname, "up-process.ts"),
    [task, transport, directory, String(count)],
    {
      execArgv: [...process.execArgv, "--expose-gc"],
    },
  );
  return new Promise((resolve, reject) => {
    let result: Result | undefined;
    child.once("message", (message: Result) => {
      result = message;
    });
    child.once("exit", (code) => {
      if (result !== undefined && code === 0) resolve(result);
      else reject(new Error(`${task} over ${transport} ended with ${code}`));
    });
  });
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "plexaubnet-up-bench-"));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The middle of several rounds, in which both take turns. */
async function inTurns(
  rounds: number,
  measure: (transport: Transport) => Promise<Result>,
): Promise<Record<Transport, Result>> {
  const all: Record<Transport, Result[]> = { tls: [], memory: [] };
  for (let round = 0; round < rounds; round++)
    for (const transport of TRANSPORTS) all[transport].push(await measure(transport));
  return { tls: middleOf(all.tls), memory: middleOf(all.memory) };
}

function middleOf(results: readonly Result[]): Result {
  const names = Object.keys(results[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(results.map((each) => each[name] ?? 0))]));
}

/** A restart on a store with so many Subnets, over each transport. */
function measureHeld(rounds: number, subnets: number): Promise<Record<Transport, Result>> {
  return inDirectory(async (filled) => {
    await runProcess("fill", "memory", filled, subnets);
    return inTurns(rounds, (transport) =>
      inDirectory(async (directory) => {
        cpSync(filled, directory, { recursive: true });
        return runProcess("hold", transport, directory, subnets);
      }),
    );
  });
}

export async function measureUp(): Promise<Pick<BenchReport, "figures" | "targets">> {
  const claims = sizeOf("BENCH_UP_CLAIMS", 3_000);
  const subnets = sizeOf("BENCH_UP_SUBNETS", 100_000);
  const rounds = sizeOf("BENCH_UP_ROUNDS", 3);
  const burst = await inTurns(rounds, (transport) =>
    inDirectory((directory) => runProcess("burst", transport, directory, claims)),
  );
  const empty = await measureHeld(1, 0);
  const held = await measureHeld(rounds, subnets);
  const bytesOfSubnet = (transport: Transport) =>
    ((held[transport].heapBytes ?? 0) - (empty[transport].heapBytes ?? 0)) / subnets;
  const figures: Record<string, Figure> = {};
  for (const transport of TRANSPORTS) {
    const { claimsPerSecond = 0, cpuMicrosPerClaim = 0 } = burst[transport];
    const { rssBytes = 0, heapBytes = 0, peakBytes = 0, readySeconds = 0 } = held[transport];
    figures[`up.${transport}.burst`] = { value: claimsPerSecond, unit: `claims bound/s, burst of ${claims}` };
    figures[`up.${transport}.cpu`] = { value: cpuMicrosPerClaim, unit: "µs of processor a claim" };
    figures[`up.${transport}.heap`] = { value: heapBytes / MIB, unit: `MiB in use with ${subnets} Subnets` };
    figures[`up.${transport}.subnet`] = {
      value: bytesOfSubnet(transport),
      unit: "bytes of the heap for one more Subnet, server and operator together",
    };
    figures[`up.${transport}.rss`] = {
      value: rssBytes / MIB,
      unit: "MiB of the process, after a collection",
    };
    figures[`up.${transport}.peak`] = { value: peakBytes / MIB, unit: "MiB of the process, at most" };
    figures[`up.${transport}.ready`] = { value: readySeconds, unit: "s from the start to the status" };
  }
  const ratio = (of: Record<Transport, Result>, name: string) => (of.memory[name] ?? 0) / (of.tls[name] ?? 1);
  return {
    figures,
    targets: [
      ratioTarget("up.burst memory : tls", ratio(burst, "claimsPerSecond"), ">=", 2),
      ratioTarget("up.cpu memory : tls", ratio(burst, "cpuMicrosPerClaim"), "<=", 0.5),
      ratioTarget("up.subnet memory : tls", bytesOfSubnet("memory") / bytesOfSubnet("tls"), "<=", 0.5),
      ratioTarget("up.heap memory : tls", ratio(held, "heapBytes"), "<=", 0.5),
      ratioTarget("up.rss memory : tls", ratio(held, "rssBytes"), "<=", 0.5),
    ],
  };
}
