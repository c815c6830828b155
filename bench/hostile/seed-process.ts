/** Fills a data directory before a server opens it. Arguments: the folder, and which {@link Ground} it is. */
import { openSqliteStore } from "../../src/apiserver/index.ts";
import { openDataDirectory } from "../../src/cli/up/data-directory.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { BIG, type Filling, MANY } from "./ground.ts";

const [path = "", ground = ""] = process.argv.slice(2);
const WRITES_AT_A_TIME = 256;

const store = openSqliteStore(openDataDirectory(path).database, { kernel: systemKernel });

function objectOf(filling: Filling, i: number) {
  const { namespace } = filling;
  const name = `seed-${String(i).padStart(6, "0")}`;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      namespace,
      uid: `6e0f9b1e-7a44-4000-8000-${String(i).padStart(12, "0")}`,
      creationTimestamp: "2026-01-31T09:30:00Z",
      labels: { seed: String(i % 100), each: String(i) },
    },
    data: { value: "x".repeat(filling.bytes) },
  };
}

async function fill(filling: Filling): Promise<void> {
  const { namespace: name, count } = filling;
  const object = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, uid: `7e0f9b1e-7a44-4000-8000-${String(count).padStart(12, "0")}` },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
  await store.write({ do: "put", kind: "namespaces", namespace: "", name, object, expectedRevision: 0 });
  let next = 0;
  const writer = async () => {
    while (next < count) {
      const object = objectOf(filling, next++);
      const address = { kind: "configmaps", namespace: name, name: object.metadata.name };
      await store.write({ do: "put", ...address, object, expectedRevision: 0 });
    }
  };
  await Promise.all(Array.from({ length: WRITES_AT_A_TIME }, writer));
}

if (ground === "big") await fill(BIG);
if (ground === "many") await fill(MANY);
await store.close();
