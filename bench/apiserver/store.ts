/**
 * The store alone: how fast writes become durable, and what 150,000 objects cost. Part of the suite
 * `apiserver`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore, type Store } from "../../src/apiserver/store/index.ts";
import { type Figure, median, type Target, target } from "../report.ts";
import type { OpenFigures } from "./open-store.ts";
import { sampleSubnet, subnetAddress } from "./sample-subnet.ts";

const OBJECTS = 150_000;
const UPDATES = 20_000;
const WRITERS = 64;
const OPENINGS = 3;

export interface StoreFigures {
  readonly figures: Readonly<Record<string, Figure>>;
  readonly targets: readonly Target[];
}

export async function measureStore(): Promise<StoreFigures> {
  const directory = mkdtempSync(join(tmpdir(), "plexaubnet-bench-"));
  const file = join(directory, "state.db");
  try {
    const rates = await fill(file);
    const opened = Array.from({ length: OPENINGS }, () => openElsewhere(file));
    const middle = (of: (figures: OpenFigures) => number) => median(opened.map(of));
    const openMs = middle((figures) => figures.openMs);
    const figures = {
      "store: durable creates, 64 writers": { value: rates.creates, unit: "1/s" },
      "store: durable updates, 64 writers": { value: rates.updates, unit: "1/s" },
      "store: file of 150,000 objects": { value: statSync(file).size / 2 ** 20, unit: "MiB" },
      "store: open 150,000 objects": { value: openMs, unit: "ms" },
      "store: memory of 150,000 objects": { value: middle((f) => f.memoryMib), unit: "MiB" },
      "store: full list as text": { value: middle((f) => f.listMs), unit: "ms" },
      "store: paged list (500 a page)": { value: middle((f) => f.pagedListMs), unit: "ms" },
      "store: full list parsed": { value: middle((f) => f.parseMs), unit: "ms" },
    };
    return { figures, targets: [target("store: open 150,000 objects (ms)", openMs, "<=", 5000)] };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function fill(file: string): Promise<{ readonly creates: number; readonly updates: number }> {
  const store = openSqliteStore(file);
  await create(store, 0);
  const creates = await rate(OBJECTS - 1, (i) => create(store, i + 1));
  const updates = await rate(UPDATES, (i) => update(store, i));
  await store.close();
  return { creates, updates };
}

async function create(store: Store, i: number): Promise<void> {
  const result = await store.write({
    do: "put",
    ...subnetAddress(i),
    object: sampleSubnet(i),
    expectedRevision: 0,
  });
  if (!result.ok) throw new Error(`Subnet ${i} is there already`);
}

async function update(store: Store, i: number): Promise<void> {
  const address = subnetAddress(i);
  const current = store.get(address);
  if (current === undefined) throw new Error(`Subnet ${i} is gone`);
  const object = { ...current.object, status: { phase: "Released", observedGeneration: 1 } };
  const result = await store.write({ do: "put", ...address, object, expectedRevision: current.revision });
  if (!result.ok) throw new Error(`Subnet ${i} was changed by somebody else`);
}

/** Operations a second, `WRITERS` of them under way at any time. */
async function rate(count: number, operation: (i: number) => Promise<void>): Promise<number> {
  const start = performance.now();
  let next = 0;
  const writer = async () => {
    while (next < count) await operation(next++);
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return (count * 1000) / (performance.now() - start);
}

function openElsewhere(file: string): OpenFigures {
  const program = join(import.meta.dirname, "open-store.ts");
  return JSON.parse(execFileSync(process.execPath, [program, file], { encoding: "utf8" })) as OpenFigures;
}
