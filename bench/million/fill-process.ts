/**
 * `node bench/million/fill-process.ts FOLDER POOLS SUBNETS`: fills a data directory through the store, at the
 * speed of its commits. Kinds, namespace and pools come through an API server. Sends the parent how many
 * Subnets are there.
 */
import { join } from "node:path";
import { crds, SUBNET_POOLS, SUBNETS, type Subnet } from "../../src/api/index.ts";
import { createIdentity, openSqliteStore, startApiServer } from "../../src/apiserver/index.ts";
import { type AnyObject, createClient } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from "../../src/kube/index.ts";
import { inParallel } from "../operator/bench-world.ts";
import { layoutOf, NAMESPACE, poolAt, storedSubnet } from "./layout.ts";

const [folder = "", pools = "1", subnets = "0"] = process.argv.slice(2);
const layout = layoutOf(Number(pools), Number(subnets));
const WRITES_AT_A_TIME = 1_000;
const REPORTED_EACH = 5_000;
const KIND = `${SUBNETS.group}/${SUBNETS.plural}`;

const kernel = systemKernel;
const store = openSqliteStore(join(folder, "state.db"), { kernel });
const identity = await createIdentity(kernel, []);
const server = await startApiServer({ kernel, store, identity });
const client = createClient(
  { server: server.url, ca: identity.caCertificate, auth: { token: identity.token } },
  { kernel },
);
for (const crd of crds) await client.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
await inParallel(layout.pools, 16, (at) => client.create(SUBNET_POOLS, poolAt(layout, at)));
await client.close();
await server.stop();

await inParallel(layout.subnets, WRITES_AT_A_TIME, async (at) => {
  const object = storedSubnet(layout, at) as Subnet & AnyObject;
  const { name } = object.metadata;
  await store.write({ do: "put", kind: KIND, namespace: NAMESPACE, name, object, expectedRevision: 0 });
  if ((at + 1) % REPORTED_EACH === 0) process.send?.({ filled: at + 1 });
});
await store.close();
process.disconnect?.();
