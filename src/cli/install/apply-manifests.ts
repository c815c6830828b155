/** Prints what an installation consists of, or applies it to a cluster, as often as one likes. */
import { stringify } from "yaml";
import { crds } from "../../api/index.ts";
import { type AnyObject, createClient, type KubeClient, type Resource } from "../../client/index.ts";
import { defined, oneLine, systemKernel } from "../../kernel/index.ts";
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  NAMESPACES,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
  SERVICES,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from "../../kube/index.ts";
import { readBoundedFile } from "../bounded-file.ts";
import { clusterFailure, findCluster } from "../cluster-connection.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { stopSignal } from "../process/stop-signal.ts";
import { untilServed } from "../up/install-crds.ts";
import { type InstallChoice, installManifests } from "./operator-manifests.ts";

export interface InstallOptions {
  readonly dryRun: boolean;
  readonly crdsOnly: boolean;
  readonly namespace: string;
  readonly image: string;
  readonly replicas: number;
  readonly namespaces?: readonly string[];
  readonly webhookCertificateSecret?: string;
  readonly webhookCa?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

export async function install(options: InstallOptions): Promise<void> {
  const { namespaces, crdsOnly, dryRun, ...choice } = options;
  const webhookCertificate = certificateOf(options);
  const isForAll = namespaces === undefined || namespaces.length === 0;
  const manifests = crdsOnly
    ? crds
    : installManifests({
        ...choice,
        ...defined({
          servedNamespaces: isForAll ? undefined : namespaces,
          webhookCertificate,
        }),
      });
  if (dryRun) {
    process.stdout.write(manifestText(manifests));
    return;
  }
  const config = findCluster(options);
  const signal = stopSignal(systemKernel.clock);
  const client = createClient(config, { kernel: systemKernel, userAgent: "plexaubnet-install" });
  try {
    for (const object of manifests) await apply(client, object, signal);
  } catch (error) {
    throw clusterFailure(error, config);
  } finally {
    await client.close();
  }
}

const MOST_CA_BYTES = 2 ** 20;

/** @throws CommandFailure when there is nothing that the authority could be of, or it cannot be read */
function certificateOf({
  webhookCertificateSecret: secret,
  webhookCa,
}: InstallOptions): InstallChoice["webhookCertificate"] {
  if (secret === undefined) {
    if (webhookCa === undefined) return undefined;
    throw new CommandFailure("--webhook-ca has no effect without --webhook-certificate-secret: set both.", {
      exitCode: USAGE_EXIT_CODE,
    });
  }
  if (webhookCa === undefined) return { secret };
  const caBundle = readBoundedFile(webhookCa, MOST_CA_BYTES, "the authority");
  if (caBundle.includes("-----BEGIN CERTIFICATE-----")) return { secret, caBundle };
  throw new CommandFailure(
    `${webhookCa} contains no certificate: use a PEM file with the certificate authority.`,
  );
}

/** One YAML document each. */
export function manifestText(manifests: readonly AnyObject[]): string {
  const options = { lineWidth: 0, aliasDuplicateObjects: false };
  return manifests.map((object) => stringify(object, options)).join("---\n");
}

/** Kinds that the manifests consist of. */
const RESOURCES: readonly Resource<AnyObject>[] = [
  NAMESPACES,
  SERVICE_ACCOUNTS,
  SERVICES,
  DEPLOYMENTS,
  CUSTOM_RESOURCE_DEFINITIONS,
  CLUSTER_ROLES,
  CLUSTER_ROLE_BINDINGS,
  ROLES,
  ROLE_BINDINGS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
];

/** Server-side apply (KEP-555): fields that others own, such as the certificate authority of the webhook, stay. */
async function apply(client: KubeClient, object: AnyObject, signal: AbortSignal): Promise<void> {
  const { kind, metadata } = object;
  const found = RESOURCES.find((resource) => resource.kind === kind);
  if (found === undefined) throw new Error(`the resource of kind ${kind} is unknown`);
  const { namespace, name } = metadata;
  const target = namespace === undefined ? { name } : { namespace, name };
  const options = { fieldManager: "plexaubnet-install", force: true, signal };
  await client.patch({ ...found, kind } as Resource<AnyObject>, target, "apply", object, options);
  if (kind === "CustomResourceDefinition") await untilServed(client, name, systemKernel.clock, signal);
  console.log(oneLine(`applied ${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`));
}
