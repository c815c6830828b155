/**
 * The console at 100,000 Subnets in one pool and 1,000 pools: what the server needs for any window at any
 * level, and how the map moves in a headless Chromium. `--million`: the server's part at 1,000,000 as well.
 * `--server`: without Chromium.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { lookAt, type Seen } from "./console/frames.ts";
import { dotted, largeFleet, NAMESPACE, ROOT_POOL } from "./console/large-fleet.ts";
import { type Served, serveFleet } from "./console/served.ts";
import {
  type BenchReport,
  type Figure,
  median,
  percentile,
  ratioTarget,
  type Target,
  target,
} from "./report.ts";

const SUBNETS = 100_000;
const MILLION = 1_000_000;
/** For the heap of the page, which must not grow with the fleet. */
const FEW_SUBNETS = 1_000;
const MOST_BYTES = 200_000;
const MOST_MS = 50;
const MOST_MS_OF_A_MILLION = 100;
const FRAME_MS = 20;
const ROUNDS = 3;

export async function run(flags: readonly string[]): Promise<BenchReport> {
  const figures: Record<string, Figure> = {};
  const targets: Target[] = [];
  const served = await serveFleet(largeFleet(SUBNETS));
  addServer(figures, targets, served, "100,000", await answersOf(served), MOST_MS);
  if (!flags.includes("--server")) {
    const seen = await lookAt(served);
    await served.console.close();
    const few = await serveFleet(largeFleet(FEW_SUBNETS));
    const seenFew = await lookAt(few);
    await few.console.close();
    addBrowser(figures, targets, seen, seenFew);
  } else await served.console.close();
  if (flags.includes("--million")) {
    const million = await serveFleet(largeFleet(MILLION));
    addServer(figures, targets, million, "1,000,000", await answersOf(million), MOST_MS_OF_A_MILLION);
    await million.console.close();
  }
  figures["script of the first load, compressed"] = { value: scriptKilobytes(), unit: "kB" };
  targets.push(ratioTarget("script of the first load, compressed (kB)", scriptKilobytes(), "<=", 250));
  return { suite: "console", figures, targets };
}

interface Answers {
  readonly ms: readonly number[];
  readonly bytes: readonly number[];
}

/**
 * Windows of every length from the whole pool to a /30, at several places, in both shapes and several numbers
 * of cells.
 */
async function answersOf(served: Served): Promise<Answers> {
  const found = { ms: [] as number[], bytes: [] as number[] };
  for (let length = 8; length <= 30; length += 2) {
    for (const place of [0, 0.11, 0.37, 0.5, 0.75, 0.77]) {
      const size = 2 ** (32 - length);
      const address = 10 * 2 ** 24 + Math.floor((2 ** 24 * place) / size) * size;
      const window = `cidr=${dotted(address)}/${length}`;
      for (const shape of ["shape=band&cells=1600", "shape=band&cells=360", "shape=square&cells=4096"]) {
        const path = `/api/map?namespace=${NAMESPACE}&pool=${ROOT_POOL}&${window}&${shape}`;
        const tries = [];
        for (let round = 0; round < ROUNDS; round++) tries.push(await served.get(path));
        // The least of them: what else runs on the machine is not the console's.
        found.ms.push(Math.min(...tries.map(({ ms }) => ms)));
        found.bytes.push(...tries.map(({ bytes }) => bytes));
      }
    }
  }
  return found;
}

function addServer(
  figures: Record<string, Figure>,
  targets: Target[],
  { warmMs }: Served,
  subnets: string,
  { ms, bytes }: Answers,
  mostMs: number,
): void {
  const slowest = Math.max(...ms);
  const largest = Math.max(...bytes);
  figures[`${subnets} Subnets: blocks into order, once`] = { value: warmMs, unit: "ms" };
  figures[`${subnets} Subnets: answer, median of ${ms.length} windows`] = { value: median(ms), unit: "ms" };
  figures[`${subnets} Subnets: answer, 95th percentile`] = { value: percentile(ms, 95), unit: "ms" };
  figures[`${subnets} Subnets: slowest answer`] = { value: slowest, unit: "ms" };
  figures[`${subnets} Subnets: largest answer`] = { value: largest / 1_000, unit: "kB" };
  targets.push(target(`${subnets} Subnets: slowest answer (ms)`, slowest, "<=", mostMs));
  targets.push(ratioTarget(`${subnets} Subnets: largest answer (B)`, largest, "<=", MOST_BYTES));
}

function addBrowser(figures: Record<string, Figure>, targets: Target[], seen: Seen, few: Seen): void {
  figures["map painted after the request of the link, cold"] = { value: seen.paintedMs, unit: "ms" };
  figures["frame, median"] = { value: seen.frameMedianMs, unit: "ms" };
  figures["frame, 95th percentile"] = { value: seen.frameP95Ms, unit: "ms" };
  figures["change shown after"] = { value: seen.liveMs, unit: "ms" };
  figures["heap of the page, 100,000 Subnets"] = { value: seen.heapMegabytes, unit: "MB" };
  figures["heap of the page, 1,000 Subnets"] = { value: few.heapMegabytes, unit: "MB" };
  targets.push(target("map painted (ms)", seen.paintedMs, "<=", 1_500));
  targets.push(target("frame, median (ms)", seen.frameMedianMs, "<=", FRAME_MS));
  targets.push(target("frame, 95th percentile (ms)", seen.frameP95Ms, "<=", FRAME_MS));
  targets.push(target("change shown (ms)", seen.liveMs, "<=", 300));
  const growth = seen.heapMegabytes / few.heapMegabytes;
  targets.push(ratioTarget("heap at 100,000 Subnets by that at 1,000", growth, "<=", 1.5));
}

const ASSETS = join(import.meta.dirname, "../console/dist/assets");

/** All scripts, though some are loaded only when their page is opened. */
function scriptKilobytes(): number {
  const files = readdirSync(ASSETS).filter((file) => file.endsWith(".js.br"));
  return files.reduce((sum, file) => sum + statSync(join(ASSETS, file)).size, 0) / 1_000;
}
