/**
 * 100 watchers of one kind while 500 writes a second happen: the time from the moment at which a write is
 * visible to the moment at which the last of the watchers, in another process, has it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIdentity, openSqliteStore, type Store, startApiServer } from "../../src/apiserver/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { installCrds } from "./creates.ts";
import { sampleSubnet } from "./sample-subnet.ts";

const WATCHERS = 100;
const WRITES_PER_SECOND = 500;
const SECONDS = 6;
/** The first second warms up. */
const COUNTED_FROM = WRITES_PER_SECOND;
const TICK_MS = 10;

export interface WatcherFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Writes that all watchers got, of those counted. */
  readonly complete: number;
}

export async function measureWatchers(): Promise<WatcherFigures> {
  const directory = mkdtempSync(join(tmpdir(), "plexaubnet-bench-"));
  const identity = await createIdentity(systemKernel, []);
  const caFile = join(directory, "ca.crt");
  writeFileSync(caFile, identity.caCertificate);
  const store = openSqliteStore(join(directory, "state.db"));
  const server = await startApiServer({ kernel: systemKernel, store, identity });
  await installCrds(server.url, identity);
  const task = { url: server.url, caFile, token: identity.token, watchers: WATCHERS };
  const reader = spawn(process.execPath, [
    join(import.meta.dirname, "watch-reader.ts"),
    JSON.stringify(task),
  ]);
  try {
    await ready(reader);
    const visibleMs = await writeSteadily(store);
    await sleep(1_000);
    return figuresOf(visibleMs, await finish(reader));
  } finally {
    reader.kill();
    await server.stop();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const clockMs = () => performance.timeOrigin + performance.now();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function ready(reader: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    reader.stdout?.once("data", () => resolve());
    reader.stderr?.on("data", (text) => reject(new Error(String(text))));
  });
}

function finish(reader: ChildProcess): Promise<Record<string, number>> {
  let text = "";
  return new Promise((resolve) => {
    reader.stdout?.on("data", (chunk) => {
      text += String(chunk);
    });
    reader.on("close", () => resolve(JSON.parse(text)));
    reader.stdin?.end();
  });
}

/** When each write became visible. Paced by the clock, so a slow moment is caught up with. */
async function writeSteadily(store: Store): Promise<ReadonlyMap<string, number>> {
  const visible = new Map<string, number>();
  const writes: Promise<unknown>[] = [];
  const start = performance.now();
  const total = WRITES_PER_SECOND * SECONDS;
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * WRITES_PER_SECOND));
    for (; sent < due; sent++) {
      const name = `w-${sent}`;
      const sample = sampleSubnet(sent);
      // Without owners: there are none, and the garbage collector would do what it is for.
      const { ownerReferences: _, ...metadata } = sample.metadata;
      const object = { ...sample, metadata: { ...metadata, name, namespace: "default" } };
      const address = { kind: "plexaubnet.io/subnets", namespace: "default", name };
      const write = store.write({ do: "put", ...address, object, expectedRevision: 0 });
      writes.push(write.then(() => visible.set(name, clockMs())));
    }
    await sleep(TICK_MS);
  }
  await Promise.all(writes);
  return visible;
}

function figuresOf(
  visible: ReadonlyMap<string, number>,
  seen: Readonly<Record<string, number>>,
): WatcherFigures {
  const counted = [...visible].slice(COUNTED_FROM);
  const delays = counted.flatMap(([name, atMs]) => {
    const last = seen[name];
    return last === undefined ? [] : [Math.max(0, last - atMs)];
  });
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.floor((delays.length - 1) * share)] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), complete: delays.length / counted.length };
}
