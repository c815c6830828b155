/**
 * The whole line, from a TLS socket to a reconciler: 100,000 Subnets listed and cached, then a stream of
 * changes, then a watch that falls silent.
 */
import { type ChildProcess, fork } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { pino } from "pino";
import { createClient } from "../../src/client/index.ts";
import { systemClock, systemKernel } from "../../src/kernel/index.ts";
import {
  controller,
  createManager,
  index,
  type Manager,
  RuntimeMetrics,
  request,
} from "../../src/runtime/index.ts";
import { type BenchReport, median, ratioTarget, target } from "../report.ts";
import { SUBNETS, type Subnet, subnets } from "./subnet.ts";

const EVENTS = 50_000;
const ROUNDS = 5;
const IDLE_TIMEOUT_MS = 5_000;
const MISSED = 100;

const byPool = index(subnets, "spec.poolRef", ({ spec }) => [spec.poolRef]);

export async function measureLine(): Promise<Pick<BenchReport, "figures" | "targets">> {
  const { child, port, ca } = await startServer();
  const client = createClient(
    { server: `https://127.0.0.1:${port}`, ca, auth: {} },
    { kernel: systemKernel },
  );
  const manager = createManager({
    client,
    kernel: systemKernel,
    logger: pino({ level: "silent" }),
    metrics: new RuntimeMetrics(),
    indexes: [byPool],
    eventSource: "benchmark",
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  });
  const counts = { events: 0, reconciles: 0 };
  const cache = manager.cache(subnets);
  manager.add(
    controller("pools")
      .watches(subnets, ({ new: fresh, old }) => poolOf(fresh ?? old))
      .reconcile(({ name }) => {
        counts.reconciles++;
        if (cache.countByIndex("spec.poolRef", name) === 0) throw new Error(`${name} is empty`);
        return { verdict: "settled", actions: [], message: "counted" };
      }),
  );
  const list = await measureList(manager);
  manager.onDelta(subnets, () => counts.events++);
  const rounds: { perSecond: number; reconciles: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measureStream(child, counts));
  const replacedMs = await measureSilence(child, counts);
  await manager.stop();
  await client.close();
  child.disconnect();
  const perSecond = median(rounds.map((round) => round.perSecond));
  return {
    figures: {
      "cache.list": { value: list.perSecond, unit: "objects/s listed, parsed, indexed and cached" },
      "cache.memory": { value: list.bytesEach, unit: "bytes an object" },
      "line.events": { value: perSecond, unit: "events/s from the socket to the reconciler" },
      "line.reconciles": {
        value: median(rounds.map((round) => round.reconciles)),
        unit: `reconciles for ${EVENTS.toLocaleString("en-US")} events`,
      },
      "watch.replaced": { value: replacedMs, unit: `ms until a silent watch was replaced and caught up` },
    },
    targets: [
      ratioTarget("cache: bytes an object", list.bytesEach, "<=", 700),
      target("line: events/s", perSecond, ">=", 50_000),
      ratioTarget("watch: replaced, of its watchdog time", replacedMs / IDLE_TIMEOUT_MS, "<=", 1.25),
    ],
  };
}

function poolOf({ metadata, spec }: Subnet) {
  return [request(metadata.namespace, spec.poolRef)];
}

async function measureList(manager: Manager): Promise<{ perSecond: number; bytesEach: number }> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const before = usedBytes();
  const startedMs = systemClock.monotonicMs();
  await manager.start();
  const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
  // What was only needed on the way (pages, queued keys) is gone by then.
  await new Promise<void>((resolve) => systemClock.setTimer(500, resolve));
  collect();
  const bytes = usedBytes() - before;
  return { perSecond: SUBNETS / seconds, bytesEach: bytes / SUBNETS };
}

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

interface Counts {
  events: number;
  reconciles: number;
}

async function measureStream(
  child: ChildProcess,
  counts: Counts,
): Promise<{ perSecond: number; reconciles: number }> {
  counts.events = 0;
  counts.reconciles = 0;
  const streaming = new Promise((resolve) => child.once("message", resolve));
  child.send({ do: "stream", events: EVENTS });
  await streaming;
  const startedMs = systemClock.monotonicMs();
  await until(() => counts.events === EVENTS);
  const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
  return { perSecond: EVENTS / seconds, reconciles: counts.reconciles };
}

/** Milliseconds from the last word of the old watch until the new one has brought what was missed. */
async function measureSilence(child: ChildProcess, counts: Counts): Promise<number> {
  counts.events = 0;
  const startedMs = systemClock.monotonicMs();
  child.send({ do: "silence", events: MISSED });
  await until(() => counts.events === MISSED);
  return systemClock.monotonicMs() - startedMs;
}

function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (holds()) resolve();
      else systemClock.setTimer(1, look);
    };
    look();
  });
}

function startServer(): Promise<{ child: ChildProcess; port: number; ca: string }> {
  const child = fork(new URL("./subnet-server.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("message", (message: { port: number; ca: string }) => resolve({ child, ...message }));
  });
}
