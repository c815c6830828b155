/** The embedded API server: its store, creates over TLS, and watchers. */
import { measureCreates } from "./apiserver/creates.ts";
import { measureStore } from "./apiserver/store.ts";
import { measureWatchers } from "./apiserver/watchers.ts";
import { type BenchReport, ratioTarget, target } from "./report.ts";

export async function run(): Promise<BenchReport> {
  const store = await measureStore();
  const creates = await measureCreates();
  const watchers = await measureWatchers();
  return {
    suite: "apiserver",
    figures: {
      ...store.figures,
      "creates over TLS, 64 connections": { value: creates.serverPerSecond, unit: "1/s" },
      "the same, bare handler": { value: creates.barePerSecond, unit: "1/s" },
      "creates over TLS, p99": { value: creates.serverP99Ms, unit: "ms" },
      "commit to the last of 100 watchers, p50": { value: watchers.p50Ms, unit: "ms" },
      "commit to the last of 100 watchers, p99": { value: watchers.p99Ms, unit: "ms" },
    },
    targets: [
      ...store.targets,
      ratioTarget("creates: share of the bare handler", creates.ratio, ">=", 0.5),
      target("watchers: p99 at 500 writes/s (ms)", watchers.p99Ms, "<=", 25),
      ratioTarget("watchers: writes that all of them got", watchers.complete, ">=", 1),
    ],
  };
}
