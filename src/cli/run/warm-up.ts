/**
 * Code that has never run is several times slower than the same code a second later: the first two hundred claims of a
 * fresh process take ten times as long as all others. So before a process is ready, it runs its whole road once, on an API
 * server of its own that lives in memory and ends with it: claims are created, decided and bound over the same client, the
 * same TLS and the same handlers.
 */
import { API_VERSION, SUBNET_CLAIMS, SUBNET_POOLS, type SubnetClaim } from "../../api/index.ts";
import { createIdentity, createMemoryStore, startApiServer } from "../../apiserver/index.ts";
import { createClient, type KubeClient } from "../../client/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import { NAMESPACES } from "../../kube/index.ts";
import { startOperator } from "../../operator/index.ts";
import { createLogger, RuntimeMetrics } from "../../runtime/index.ts";
import { installCrds } from "../up/install-crds.ts";

/** Claims of a warm-up: after so many the code of the road is compiled for good. One to three seconds of CPU time. */
const CLAIMS = 300;
const AT_ONCE = 16;
const NAMESPACE = "warm-up";

/** Resolves when all is over and nothing of it is left. Rejects when the signal aborts. */
export async function warmUp(kernel: Kernel, signal: AbortSignal): Promise<void> {
  const identity = await createIdentity(kernel, []);
  const store = createMemoryStore({ kernel });
  const server = await startApiServer({ kernel, store, identity });
  const config = { server: server.url, ca: identity.caCertificate, auth: { token: identity.token } };
  const client = createClient(config, { kernel });
  try {
    await installCrds(client, kernel.clock, signal);
    await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    await bindAll(client, kernel, signal);
  } finally {
    await client.close();
    await server.stop();
    await store.close();
  }
}

async function bindAll(client: KubeClient, kernel: Kernel, signal: AbortSignal): Promise<void> {
  const logger = createLogger({ clock: kernel.clock, level: "silent" });
  const operator = await startOperator({ client, kernel, logger, metrics: new RuntimeMetrics() });
  try {
    const all = untilBound(client, signal);
    const metadata = { namespace: NAMESPACE, name: "pool" };
    await client.create(SUBNET_POOLS, {
      apiVersion: API_VERSION,
      kind: "SubnetPool",
      metadata,
      spec: { cidr: "10.0.0.0/8" },
    });
    let next = 0;
    const create = async () => {
      while (next < CLAIMS) {
        const name = `claim-${next++}`;
        await client.create(SUBNET_CLAIMS, {
          apiVersion: API_VERSION,
          kind: "SubnetClaim",
          metadata: { namespace: NAMESPACE, name },
          spec: { poolRef: metadata.name, clusterID: name },
        });
      }
    };
    await Promise.all([all, ...Array.from({ length: AT_ONCE }, create)]);
  } finally {
    await operator.stop();
  }
}

async function untilBound(client: KubeClient, signal: AbortSignal): Promise<void> {
  const { metadata } = await client.list(SUBNET_CLAIMS, { namespace: NAMESPACE, limit: 1 });
  const { resourceVersion } = metadata;
  const bound = new Set<string>();
  for await (const event of await client.watch(SUBNET_CLAIMS, {
    namespace: NAMESPACE,
    resourceVersion,
    signal,
  })) {
    if (event.type !== "MODIFIED" || (event.object as SubnetClaim).status?.phase !== "Bound") continue;
    bound.add(event.object.metadata.name);
    if (bound.size === CLAIMS) return;
  }
}
