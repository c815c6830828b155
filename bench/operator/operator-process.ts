/**
 * The operator in a process of its own, so that its memory is its own. Prints when it works, and what it
 * uses.
 */

import { warmUp } from "../../src/cli/run/warm-up.ts";
import { clusterConfigFor, createClient, loadKubeconfig } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { startOperator } from "../../src/operator/index.ts";
import { createLogger, RuntimeMetrics } from "../../src/runtime/index.ts";
import { ProcessProbe } from "./process-probe.ts";

const probe = new ProcessProbe();
probe.start();
const [kubeconfig = "", concurrency = "5"] = process.argv.slice(2);
if (process.env.BENCH_COLD === undefined) await warmUp(systemKernel, new AbortController().signal);
const client = createClient(clusterConfigFor(loadKubeconfig({ file: kubeconfig })), { kernel: systemKernel });
const logger = createLogger({ clock: systemKernel.clock, level: "warn" });
await startOperator({
  client,
  kernel: systemKernel,
  logger,
  metrics: new RuntimeMetrics(),
  concurrency: Number(concurrency),
});
process.once("disconnect", () => process.exit(0));
probe.answer();
process.send?.("ready");
