/**
 * Opens a store in a process of its own and prints what it took, as one line of JSON. Argument: the store's
 * file.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openSqliteStore } from "../../src/apiserver/store/index.ts";
import { SUBNETS } from "./sample-subnet.ts";

export interface OpenFigures {
  readonly openMs: number;
  /** Resident memory that the open store takes, garbage collected. */
  readonly memoryMib: number;
  readonly listMs: number;
  readonly pagedListMs: number;
  /** All objects parsed, as a list with selectors does. */
  readonly parseMs: number;
  /** Keeps what is measured from being optimized away. */
  readonly charactersRead: number;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

collectGarbage();
const before = process.memoryUsage.rss();
const start = performance.now();
const store = openSqliteStore(process.argv[2] ?? "");
const openMs = performance.now() - start;
collectGarbage();
collectGarbage();
const memoryMib = (process.memoryUsage.rss() - before) / 2 ** 20;

let charactersRead = 0;
const listMs = timed(() => {
  const list = store.list(SUBNETS, {});
  if (list.ok) for (const item of list.value.items) charactersRead += item.json().length;
});
const pagedListMs = timed(() => {
  for (let after: { namespace: string; name: string } | undefined; ; ) {
    const page = store.list(SUBNETS, { limit: 500, ...(after === undefined ? {} : { after }) });
    if (!page.ok || page.value.remaining === 0) break;
    after = page.value.items.at(-1);
  }
});
const parseMs = timed(() => {
  const list = store.list(SUBNETS, {});
  if (list.ok) for (const item of list.value.items) charactersRead += item.object.metadata.name.length;
});
const figures: OpenFigures = { openMs, memoryMib, listMs, pagedListMs, parseMs, charactersRead };
console.log(JSON.stringify(figures));
await store.close();
