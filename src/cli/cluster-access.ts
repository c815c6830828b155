/**
 * How the commands that look at a fleet get to its API: from their options, or from what is found when none is given.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { API_VERSION } from "../api/index.ts";
import { ApiError, type ClusterConfig, createClient, isInCluster, type KubeClient } from "../client/index.ts";
import { defined, type Kernel, systemKernel } from "../kernel/index.ts";
import { clusterFailure, findCluster } from "./cluster-connection.ts";
import type { ConnectionOptions, ScopeOptions } from "./command-options.ts";
import { CommandFailure } from "./failure.ts";

const DEFAULT_NAMESPACE = "default";

export interface ClusterAccess {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly server: string;
  /** For things that are named without a namespace. */
  readonly namespace: string;
  /** For lists. Empty: all namespaces. */
  readonly scope: { readonly namespace?: string };
}

/**
 * Opens a client, hands it to `use`, and closes it.
 *
 * @throws CommandFailure instead of whatever the client rejects with.
 */
export async function withCluster<T>(
  options: ScopeOptions,
  use: (access: ClusterAccess) => Promise<T>,
): Promise<T> {
  const config = configFor(options);
  const { namespace } = options;
  const client = createClient(config, { kernel: systemKernel, userAgent: "plexaubnet-cli" });
  try {
    return await use({
      client,
      kernel: systemKernel,
      server: config.server,
      namespace: namespace ?? config.namespace ?? DEFAULT_NAMESPACE,
      scope: namespace === undefined ? {} : { namespace },
    });
  } catch (error) {
    throw failureOf(error, config);
  } finally {
    await client.close();
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws CommandFailure when there is no configuration, or one that cannot work. */
function configFor({ kubeconfig, context }: ConnectionOptions): ClusterConfig {
  const file = kubeconfig ?? localKubeconfig(process.env);
  return findCluster({
    ...defined({ kubeconfig: file, context }),
  });
}

/**
 * The kubeconfig of this folder, if nothing else selects a cluster; else undefined.
 *
 * @throws CommandFailure when there is none, either.
 */
export function localKubeconfig(env: Environment, folder = "."): string | undefined {
  if (env.KUBECONFIG || isInCluster({ env }) || existsSync(homeKubeconfig(env))) return undefined;
  const file = join(folder, ".plexaubnet", "kubeconfig");
  if (existsSync(file)) return file;
  throw new CommandFailure(
    `there is neither ${homeKubeconfig(env)} nor ${file}: name one with --kubeconfig, or start \`plexaubnet up\` in this folder.`,
  );
}

function homeKubeconfig(env: Environment): string {
  return join(env.HOME || homedir(), ".kube", "config");
}

/** As {@link clusterFailure}, with the cure for a server without our kinds. */
function failureOf(error: unknown, config: ClusterConfig): unknown {
  if (!(error instanceof ApiError) || error.code !== 404 || error.details?.name !== undefined) {
    return clusterFailure(error, config);
  }
  return kindsNotServed(config, error);
}

export function kindsNotServed({ server }: ClusterConfig, cause: unknown): CommandFailure {
  return new CommandFailure(`${server} does not serve ${API_VERSION}: run \`plexaubnet install\` first.`, {
    cause,
  });
}
