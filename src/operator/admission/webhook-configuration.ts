/** The object by which the API server learns of the webhook: as `plexaubnet install` writes it, and a test reads it. */
import { GROUP, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS, VERSION } from "../../api/index.ts";
import { type AnyObject, VALIDATING_WEBHOOK_CONFIGURATIONS } from "../../kube/index.ts";

export const WEBHOOK_CONFIGURATION_NAME = "plexaubnet";
export const WEBHOOK_PATH = "/validate";

/** Where the API server finds the webhook: behind a Service of the cluster, or at an address. */
export type WebhookTarget =
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  | { readonly url: string };

export interface WebhookChoice {
  /** PEM of the authorities that sign the webhook's certificates. The operator keeps it up to date. */
  readonly caBundle?: string;
  /** Namespaces that the operator serves; of others it knows nothing to judge by. Absent: all. */
  readonly namespaces?: readonly string[];
}

/** The label that every namespace has, with its own name (KEP-2161). */
const NAMESPACE_NAME = "kubernetes.io/metadata.name";

export function webhookConfiguration(
  target: WebhookTarget,
  { caBundle, namespaces }: WebhookChoice = {},
): AnyObject {
  const clientConfig = {
    ...("url" in target ? { url: target.url } : { service: { ...target.service, path: WEBHOOK_PATH } }),
    ...(caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString("base64") }),
  };
  const webhook = {
    name: `validate.${GROUP}`,
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    // The controllers are correct without it (PX-07), so its absence must not block requests.
    failurePolicy: "Ignore",
    timeoutSeconds: 5,
    matchPolicy: "Equivalent",
    clientConfig,
    ...(namespaces === undefined ? {} : { namespaceSelector: named(namespaces) }),
    rules: [
      {
        apiGroups: [GROUP],
        apiVersions: [VERSION],
        // A deletion is always allowed; the history learns who requested it.
        operations: ["CREATE", "UPDATE", "DELETE"],
        resources: [SUBNET_POOLS, SUBNET_CLAIMS, SUBNETS, SUBNET_POOL_CLAIMS].map(({ plural }) => plural),
        scope: "Namespaced",
      },
    ],
  };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: VALIDATING_WEBHOOK_CONFIGURATIONS.kind,
    metadata: { name: WEBHOOK_CONFIGURATION_NAME },
    webhooks: [webhook],
  };
}

function named(namespaces: readonly string[]): object {
  return { matchExpressions: [{ key: NAMESPACE_NAME, operator: "In", values: namespaces }] };
}
