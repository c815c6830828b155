/**
 * `npm run bench -- million [--subnets N] [--keep FOLDER]`: a million Subnets in one pool, and in 1,000
 * pools: opened, counted, restarted, listed. Takes minutes, and 8 GiB of memory. With `--keep` the filled
 * stores stay in the folder, and the next run opens them.
 */
import { fork } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SUBNET_POOLS, SUBNETS } from "../src/api/index.ts";
import { beginStage } from "../src/cli/restore/stages.ts";
import { listAll } from "../src/client/index.ts";
import { blockOf, type Layout, layoutOf, NAMESPACE, poolNameOf, subnetsOfAPool } from "./million/layout.ts";
import { BenchWorld, OPERATOR_FLAGS, WIDTH } from "./operator/bench-world.ts";
import { type BenchReport, type Figure, median, ratioTarget, type Target, target } from "./report.ts";

const MIB = 2 ** 20;
const SERVER_FLAGS = ["--max-old-space-size=10240"];
const LARGE_OPERATOR_FLAGS = [...OPERATOR_FLAGS, "--max-old-space-size=6144", "--expose-gc"];
const SMALL_POOLS = 1_000;
const ROUNDS = 5;
/** Changes of a pool are gathered for up to so long. */
const GATHERED_MS = 1_200;
const PAGE = 500;

interface Flags {
  readonly subnets: number;
  readonly keep: string | undefined;
}

function flagsOf(args: readonly string[]): Flags {
  const flagValue = (name: string) => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  return { subnets: Number(flagValue("--subnets") ?? 1_000_000), keep: flagValue("--keep") };
}

/** Seconds that `work` takes, and what it resolves with. */
async function timed<T>(work: () => Promise<T>): Promise<readonly [result: T, seconds: number]> {
  const startMs = performance.now();
  const result = await work();
  return [result, (performance.now() - startMs) / 1000];
}

/** Fills the folder of the layout unless it is there. Returns the seconds that it took, if it did. */
async function fill(folder: string, layout: Layout): Promise<number | undefined> {
  if (existsSync(folder)) return undefined;
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const stage = beginStage(`${layout.name}: Subnets stored:`, layout.subnets);
  const program = join(import.meta.dirname, "million", "fill-process.ts");
  const [, seconds] = await timed(
    () =>
      new Promise<void>((resolve, reject) => {
        const args = [draft, String(layout.pools), String(layout.subnets)];
        const child = fork(program, args, { execArgv: [...process.execArgv, ...SERVER_FLAGS] });
        child.on("message", ({ filled }: { filled: number }) => stage.reached(filled));
        child.once("exit", (code) =>
          code === 0 ? resolve() : reject(new Error(`filling ended with ${code}`)),
        );
      }),
  );
  stage.end();
  renameSync(draft, folder);
  return seconds;
}

/** Resolves when every pool shows its Subnets, exactly. */
async function counted(world: BenchWorld, layout: Layout): Promise<void> {
  const expected = subnetsOfAPool(layout);
  const stage = beginStage(`${layout.name}: pools counted:`, layout.pools);
  for (;;) {
    const { items } = await world.client.list(SUBNET_POOLS, { namespace: NAMESPACE });
    const exact = items.filter(({ status }) => status?.allocatedCount === expected).length;
    stage.reached(exact);
    if (exact === layout.pools) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  stage.end();
}

/**
 * Milliseconds from the creation of a Subnet to the status of its pool that counts it; what was made is
 * deleted.
 */
async function oneMore(world: BenchWorld, layout: Layout): Promise<number> {
  const pool = poolNameOf(0);
  const before = subnetsOfAPool(layout);
  const took: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve, GATHERED_MS));
    const startMs = performance.now();
    const seen = world.poolShows(NAMESPACE, pool, before + round);
    const cidr = blockOf(layout, 0, before + round);
    await world.create(SUBNETS, NAMESPACE, `more-${round}`, {
      poolRef: pool,
      clusterID: `more-${round}`,
      cidr,
    });
    await seen;
    took.push(performance.now() - startMs);
  }
  for (let round = 1; round <= ROUNDS; round++)
    await world.client.delete(SUBNETS, { namespace: NAMESPACE, name: `more-${round}` });
  await world.poolShows(NAMESPACE, pool, before);
  return median(took);
}

async function listSubnets(world: BenchWorld, layout: Layout): Promise<void> {
  const stage = beginStage(`${layout.name}: Subnets listed:`, layout.subnets);
  let count = 0;
  await listAll(world.client, SUBNETS, { namespace: NAMESPACE, limit: PAGE }, (page) => {
    count += page.length;
    stage.reached(count);
    return [];
  });
  stage.end();
  if (count !== layout.subnets) throw new Error(`${count} Subnets were listed, not ${layout.subnets}`);
}

interface Measured {
  readonly figures: Record<string, Figure>;
  readonly restartSeconds: number;
  readonly bytesOfASubnet: number;
  readonly oneMoreMs: number;
}

async function measureLayout(folder: string, layout: Layout, emptyHeapBytes: number): Promise<Measured> {
  const filledSeconds = await fill(folder, layout);
  const [world, openSeconds] = await timed(() => BenchWorld.open(folder, SERVER_FLAGS));
  try {
    const start = () => world.startOperator(WIDTH, LARGE_OPERATOR_FLAGS);
    const [first, countSeconds] = await timed(async () => {
      const operator = await start();
      await counted(world, layout);
      return operator;
    });
    await first.stop();
    const [operator, restartSeconds] = await timed(start);
    const oneMoreMs = await oneMore(world, layout);
    const [, settledSeconds] = await timed(() => operator.idle());
    const heapBytes = await operator.heapBytes();
    const operatorBytes = await operator.memoryBytes();
    await operator.stop();
    const [, listSeconds] = await timed(() => listSubnets(world, layout));
    const [, relistSeconds] = await timed(() => listSubnets(world, layout));
    const serverBytes = await world.memoryBytes();
    const bytesOfASubnet = (heapBytes - emptyHeapBytes) / layout.subnets;
    const name = (what: string) => `${layout.name}.${what}`;
    const seconds = (value: number, what: string): Figure => ({ value, unit: `s, ${what}` });
    const figures: Record<string, Figure> = {
      ...(filledSeconds !== undefined && { [name("fill")]: seconds(filledSeconds, "through the store") }),
      [name("server.open")]: seconds(openSeconds, "server started on the filled store"),
      [name("server.memory")]: { value: serverBytes / MIB, unit: "MiB, the server's process" },
      [name("count")]: seconds(countSeconds, "operator started, every pool shows its exact count"),
      [name("restart")]: seconds(restartSeconds, "operator restarted, to its first decision"),
      [name("settled")]: seconds(settledSeconds, "after that, until every Subnet was looked at again"),
      [name("operator.memory")]: { value: operatorBytes / MIB, unit: "MiB, the operator's process" },
      [name("operator.bytes")]: {
        value: bytesOfASubnet,
        unit: "bytes of heap a cached Subnet, views and indexes included",
      },
      [name("status")]: { value: oneMoreMs, unit: "ms Subnet created → counted" },
      [name("list")]: seconds(listSeconds, `all Subnets in pages of ${PAGE}`),
      [name("relist")]: seconds(relistSeconds, "the same again"),
    };
    return { figures, restartSeconds, bytesOfASubnet, oneMoreMs };
  } finally {
    await world.stop();
  }
}

/** What the operator's heap holds when there is next to nothing to watch. */
async function emptyHeap(folder: string): Promise<number> {
  await fill(folder, layoutOf(1, 1));
  const world = await BenchWorld.open(folder, []);
  const operator = await world.startOperator(WIDTH, LARGE_OPERATOR_FLAGS);
  const bytes = await operator.heapBytes();
  await operator.stop();
  await world.stop();
  return bytes;
}

export async function run(args: readonly string[]): Promise<BenchReport> {
  const { subnets, keep } = flagsOf(args);
  const folder = keep ?? mkdtempSync(join(tmpdir(), "plexaubnet-million-"));
  const folderOf = (layout: Layout) => join(folder, `${layout.name}-${layout.subnets}`);
  try {
    const emptyBytes = await emptyHeap(join(folder, "empty"));
    const figures: Record<string, Figure> = {};
    const targets: Target[] = [];
    const measured: Measured[] = [];
    for (const layout of [layoutOf(SMALL_POOLS, subnets), layoutOf(1, subnets)]) {
      const result = await measureLayout(folderOf(layout), layout, emptyBytes);
      measured.push(result);
      Object.assign(figures, result.figures);
      targets.push(target(`${layout.name}.restart s`, result.restartSeconds, "<=", 30));
      targets.push(ratioTarget(`${layout.name}.operator.bytes`, result.bytesOfASubnet, "<=", 700));
    }
    const [small, large] = measured as [Measured, Measured];
    targets.push(ratioTarget("status one pool : 1,000 pools", large.oneMoreMs / small.oneMoreMs, "<=", 1.5));
    return { suite: "million", figures, targets };
  } finally {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}
