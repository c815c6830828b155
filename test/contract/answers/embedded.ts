/** The embedded server as the recorded one was started: RBAC, no controllers but its own. */
import { parse } from "yaml";
import { createIdentity, createMemoryStore, startApiServer } from "../../../src/apiserver/index.ts";
import type { ClusterConfig } from "../../../src/client/index.ts";
import { systemKernel } from "../../../src/kernel/index.ts";

export interface Embedded {
  readonly config: ClusterConfig;
  readonly stop: () => Promise<void>;
}

export async function startEmbedded(): Promise<Embedded> {
  const store = createMemoryStore();
  const identity = await createIdentity(systemKernel, []);
  const server = await startApiServer({ kernel: systemKernel, store, identity, authorization: "RBAC" });
  const kubeconfig = parse(server.kubeconfig());
  const ca = Buffer.from(kubeconfig.clusters[0].cluster["certificate-authority-data"], "base64").toString();
  return {
    config: { server: server.url, ca, auth: { token: kubeconfig.users[0].user.token } },
    stop: async () => {
      await server.stop();
      await store.close();
    },
  };
}
