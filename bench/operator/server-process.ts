/** An API server of its own, durable, in a process of its own: the ground of the operator's benchmark. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createIdentity, openSqliteStore, startApiServer } from "../../src/apiserver/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";

const [directory = ""] = process.argv.slice(2);
const store = openSqliteStore(join(directory, "state.db"), { kernel: systemKernel });
const identity = await createIdentity(systemKernel, []);
const server = await startApiServer({ kernel: systemKernel, store, identity });
writeFileSync(join(directory, "kubeconfig"), server.kubeconfig());
process.once("disconnect", () => process.exit(0));
process.send?.("ready");
