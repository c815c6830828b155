/** An API server of its own, durable, in a process of its own: the ground of the operator's benchmark. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createIdentity, openSqliteStore, startApiServer } from "../../src/apiserver/index.ts";
import { warmUp } from "../../src/cli/run/warm-up.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { ProcessProbe } from "./process-probe.ts";

const [directory = "", writeMs = "0"] = process.argv.slice(2);
if (process.env.BENCH_COLD === undefined) await warmUp(systemKernel, new AbortController().signal);
const store = openSqliteStore(join(directory, "state.db"), { kernel: systemKernel });
const probe = new ProcessProbe();
probe.start();
const write = store.write.bind(store);
store.write = async (change) => {
  const startMs = performance.now();
  try {
    if (writeMs !== "0") await new Promise((resolve) => setTimeout(resolve, Number(writeMs)));
    return await write(change);
  } finally {
    probe.took("write", performance.now() - startMs);
  }
};
const identity = await createIdentity(systemKernel, []);
const server = await startApiServer({ kernel: systemKernel, store, identity });
writeFileSync(join(directory, "kubeconfig"), server.kubeconfig());
process.once("disconnect", () => process.exit(0));
probe.answer();
process.send?.("ready");
