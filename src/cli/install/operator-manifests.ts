/**
 * Everything that an installation consists of, as plain objects in the order in which they are to be applied. The
 * command applies them; the kustomize base and the Helm chart in `deploy/` are generated from them.
 */
import { crds } from "../../api/index.ts";
import type { AnyObject } from "../../client/index.ts";
import { defined } from "../../kernel/index.ts";
import { webhookConfiguration } from "../../operator/index.ts";
import { INSTALLED, LABELS } from "./names.ts";
import { CONTAINER_SECURITY, POD_SECURITY } from "./pod-security.ts";
import { operatorRbac, userRbac } from "./rbac-manifests.ts";

export interface InstallChoice {
  readonly namespace: string;
  /** Of the container. */
  readonly image: string;
  readonly replicas: number;
  /** Namespaces that the operator serves. Absent: all. */
  readonly servedNamespaces?: readonly string[];
  /** The webhook's certificate. Absent: the operator creates one, and publishes its authority in the webhook configuration. */
  readonly webhookCertificate?: {
    /** A Secret with tls.crt, tls.key and ca.crt. */
    readonly secret: string;
    /** PEM of the authorities for the webhook configuration. Absent: another tool publishes them, such as cert-manager's injector. */
    readonly caBundle?: string;
  };
}

export function installManifests(choice: InstallChoice): AnyObject[] {
  const { namespace, servedNamespaces, webhookCertificate } = choice;
  const certificateIsGiven = webhookCertificate !== undefined;
  const served = servedNamespaces === undefined ? {} : { servedNamespaces };
  return [
    homeNamespace(namespace),
    ...crds,
    ...operatorRbac({ namespace, ...served, certificateIsGiven }),
    ...userRbac(),
    ...services(namespace),
    operatorDeployment(choice),
    admissionConfiguration(namespace, { ...served, ...webhookCertificate }),
  ];
}

function homeNamespace(name: string): AnyObject {
  // The strictest of the Pod Security Standards: https://kubernetes.io/docs/concepts/security/pod-security-standards/
  const labels = { ...LABELS, "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

const METRICS_PORT = 8080;
const WEBHOOK_PORT = 9443;

/** Where a given certificate of the webhook is mounted, and the flags that name its files. */
export const WEBHOOK_VOLUME = "webhook-certificate";
export const WEBHOOK_FOLDER = "/etc/plexaubnet/webhook";
export const WEBHOOK_FILES = [
  `--webhook-cert=${WEBHOOK_FOLDER}/tls.crt`,
  `--webhook-key=${WEBHOOK_FOLDER}/tls.key`,
  `--webhook-ca=${WEBHOOK_FOLDER}/ca.crt`,
];

/** The metrics and the webhook have one each: replicas that are not ready must not be asked to review. */
export function services(namespace: string): AnyObject[] {
  const service = (name: string, port: number, targetPort: string): AnyObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: LABELS },
    spec: { selector: LABELS, ports: [{ name: targetPort, port, targetPort, protocol: "TCP" }] },
  });
  return [
    service(INSTALLED.metricsService, METRICS_PORT, "metrics"),
    service(INSTALLED.webhookService, 443, "webhook"),
  ];
}

export function admissionConfiguration(
  namespace: string,
  {
    servedNamespaces: namespaces,
    caBundle,
  }: { servedNamespaces?: readonly string[]; caBundle?: string } = {},
): AnyObject {
  const service = { namespace, name: INSTALLED.webhookService, port: 443 };
  const choice = defined({ namespaces, caBundle });
  const configuration = webhookConfiguration({ service }, choice);
  return { ...configuration, metadata: { ...configuration.metadata, labels: LABELS } };
}

export function operatorArguments(servedNamespaces: readonly string[] | undefined): string[] {
  return [
    "run",
    "--leader-elect",
    `--metrics-bind-address=:${METRICS_PORT}`,
    "--metrics-secure=true",
    `--metrics-service=${INSTALLED.metricsService}`,
    `--webhook-bind-address=:${WEBHOOK_PORT}`,
    `--webhook-service=${INSTALLED.webhookService}`,
    ...(servedNamespaces === undefined ? [] : [`--namespaces=${servedNamespaces.join(",")}`]),
  ];
}

/** For 100,000 Subnets; the processor is needed in bursts. */
export const RESOURCES = {
  requests: { cpu: "100m", memory: "256Mi" },
  limits: { memory: "768Mi" },
} as const;

export function operatorDeployment({
  namespace,
  image,
  replicas,
  servedNamespaces,
  webhookCertificate,
}: InstallChoice): AnyObject {
  const secretName = webhookCertificate?.secret;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: INSTALLED.operator, namespace, labels: LABELS },
    spec: {
      replicas,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: INSTALLED.operator,
          terminationGracePeriodSeconds: 30,
          securityContext: POD_SECURITY,
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: LABELS },
            },
          ],
          containers: [operatorContainer(image, servedNamespaces, secretName !== undefined)],
          ...(secretName !== undefined && { volumes: [{ name: WEBHOOK_VOLUME, secret: { secretName } }] }),
        },
      },
    },
  };
}

function operatorContainer(
  image: string,
  servedNamespaces: readonly string[] | undefined,
  certificateIsGiven: boolean,
) {
  const probe = (path: string) => ({
    // Kubelets do not look who has signed the certificate.
    httpGet: { path, port: "metrics", scheme: "HTTPS" },
    periodSeconds: 10,
    timeoutSeconds: 3,
  });
  return {
    name: "operator",
    image,
    args: [...operatorArguments(servedNamespaces), ...(certificateIsGiven ? WEBHOOK_FILES : [])],
    // Decisions are recorded where there is such a Secret.
    env: [
      {
        name: "PLEXAUBNET_HISTORY",
        valueFrom: { secretKeyRef: { name: INSTALLED.historySecret, key: "address", optional: true } },
      },
    ],
    ports: [
      { name: "metrics", containerPort: METRICS_PORT, protocol: "TCP" },
      { name: "webhook", containerPort: WEBHOOK_PORT, protocol: "TCP" },
    ],
    // Starting lists everything there is, which may take a while; being alive does not depend on it.
    livenessProbe: probe("/livez"),
    readinessProbe: probe("/readyz"),
    resources: RESOURCES,
    securityContext: CONTAINER_SECURITY,
    ...(certificateIsGiven && {
      volumeMounts: [{ name: WEBHOOK_VOLUME, mountPath: WEBHOOK_FOLDER, readOnly: true }],
    }),
  };
}
