/**
 * The service account that Kubernetes mounts into every pod:
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ClusterConfig } from "./cluster-config.ts";
import { ConfigError } from "./errors.ts";
import { clusterConfigFor, type LoadOptions, loadKubeconfig } from "./kubeconfig.ts";
import { readText } from "./material.ts";

const SERVICE_ACCOUNT_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface InClusterOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: where kubelets mount it. */
  readonly directory?: string;
}

export function isInCluster(options: InClusterOptions = {}): boolean {
  const { env = process.env, directory = SERVICE_ACCOUNT_DIRECTORY } = options;
  return Boolean(env.KUBERNETES_SERVICE_HOST) && existsSync(join(directory, "token"));
}

/**
 * The API server of the cluster that this process runs in. Token and CA are read again while they rotate.
 *
 * @throws ConfigError outside a cluster, or in a pod that mounts no service account.
 */
export function inClusterConfig(options: InClusterOptions = {}): ClusterConfig {
  const { env = process.env, directory = SERVICE_ACCOUNT_DIRECTORY } = options;
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT ?? "443";
  if (!host) throw new ConfigError("not running in a pod: KUBERNETES_SERVICE_HOST is not set");
  if (!existsSync(join(directory, "token"))) {
    throw new ConfigError(`this pod has no service account: ${join(directory, "token")} does not exist`);
  }
  const namespaceFile = join(directory, "namespace");
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: { file: join(directory, "ca.crt") },
    auth: { tokenFile: join(directory, "token") },
    ...(existsSync(namespaceFile) && { namespace: readText(namespaceFile, "the service account").trim() }),
    origin: { cluster: "the service account of this pod", user: "the service account of this pod" },
  };
}

export interface FindOptions extends LoadOptions {
  readonly context?: string;
}

/**
 * The default cluster of a program without configuration, in the order of controller-runtime: `file`, KUBECONFIG, the
 * pod's service account, `~/.kube/config`. A named context rules out the service account.
 */
export function findClusterConfig(options: FindOptions = {}): ClusterConfig {
  const env = options.env ?? process.env;
  const named = options.file !== undefined || options.context !== undefined || Boolean(env.KUBECONFIG);
  if (!named && isInCluster({ env })) return inClusterConfig({ env });
  return clusterConfigFor(loadKubeconfig(options), options.context);
}
