/**
 * `plexaubnet lb sync --watch` in a cluster, as plain objects in the order in which they are to be applied: the account and
 * its rights, the Service, the settings, the Deployment, and the webhook where its certificate is given.
 */
import type { AnyObject } from "../../client/index.ts";
import { defined } from "../../kernel/index.ts";
import { LEDGER_INSTALLED, LEDGER_LABELS } from "./names.ts";
import { CONTAINER_SECURITY, POD_SECURITY } from "./pod-security.ts";

export interface LedgerInstallChoice {
  readonly namespace: string;
  /** Of the container. */
  readonly image: string;
  /** Where MetalLB's IPAddressPools are. */
  readonly metallbNamespace: string;
  /** A Secret whose key `address` is that of the ledger, password included. */
  readonly ledgerSecret: string;
  /** The settings, as YAML. */
  readonly settings: string;
  /** A Secret with tls.crt and tls.key, for {@link LEDGER_INSTALLED}'s Service. Absent: no webhook. */
  readonly webhookSecret?: string;
  /** PEM in base64 of the authority that the API server is to trust. Absent: others say it, cert-manager's injector say. */
  readonly caBundle?: string;
}

const RBAC = "rbac.authorization.k8s.io";
const METRICS_PORT = 8080;
const WEBHOOK_PORT = 9444;
const SETTINGS_FOLDER = "/etc/plexaubnet/ledger";
const WEBHOOK_FOLDER = "/etc/plexaubnet/webhook";
const NAME = LEDGER_INSTALLED.name;

export function ledgerManifests(choice: LedgerInstallChoice): AnyObject[] {
  const { namespace, settings, webhookSecret } = choice;
  return [
    ...ledgerRbac(choice),
    ledgerService(namespace),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: NAME, namespace, labels: LEDGER_LABELS },
      data: { "settings.yaml": settings },
    },
    ledgerDeployment(choice),
    ...(webhookSecret === undefined ? [] : [ledgerWebhook(choice)]),
  ];
}

/** What it reads, and what it writes: pools with `truth: ledger` alone, and the Lease. */
export function ledgerRbac({
  namespace,
  metallbNamespace,
}: Pick<LedgerInstallChoice, "namespace" | "metallbNamespace">): AnyObject[] {
  const account: AnyObject = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: NAME, namespace, labels: LEDGER_LABELS },
  };
  const reads = [
    { apiGroups: [""], resources: ["services"], verbs: ["list", "watch"] },
    { apiGroups: ["metallb.io"], resources: ["ipaddresspools"], verbs: ["list", "watch"] },
    // Its UID identifies the cluster.
    { apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"] },
  ];
  const pools = [
    { apiGroups: ["metallb.io"], resources: ["ipaddresspools"], verbs: ["create", "patch", "delete"] },
  ];
  const lease = [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
    {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: [LEDGER_INSTALLED.lease],
      verbs: ["get", "update"],
    },
  ];
  return [
    account,
    ...granted("Cluster", { name: NAME }, reads, namespace),
    ...granted("", { name: `${NAME}-pools`, namespace: metallbNamespace }, pools, namespace),
    ...granted("", { name: NAME, namespace }, lease, namespace),
  ];
}

function granted(
  scope: "Cluster" | "",
  metadata: { readonly name: string; readonly namespace?: string },
  rules: readonly object[],
  home: string,
): AnyObject[] {
  const labelled = { ...metadata, labels: LEDGER_LABELS };
  return [
    { apiVersion: `${RBAC}/v1`, kind: `${scope}Role`, metadata: labelled, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: `${scope}RoleBinding`,
      metadata: labelled,
      roleRef: { apiGroup: RBAC, kind: `${scope}Role`, name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: home }],
    },
  ];
}

function ledgerService(namespace: string): AnyObject {
  const port = (name: string, number: number) => ({ name, port: number, targetPort: name, protocol: "TCP" });
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: NAME, namespace, labels: LEDGER_LABELS },
    spec: { selector: LEDGER_LABELS, ports: [port("metrics", METRICS_PORT), port("webhook", WEBHOOK_PORT)] },
  };
}

export const LEDGER_WEBHOOK_ARGUMENTS = [
  `--webhook-bind-address=:${WEBHOOK_PORT}`,
  `--webhook-cert=${WEBHOOK_FOLDER}/tls.crt`,
  `--webhook-key=${WEBHOOK_FOLDER}/tls.key`,
];
export const LEDGER_WEBHOOK_MOUNT = {
  name: "webhook-certificate",
  mountPath: WEBHOOK_FOLDER,
  readOnly: true,
};

export function ledgerDeployment({
  namespace,
  image,
  ledgerSecret,
  webhookSecret: secretName,
}: LedgerInstallChoice): AnyObject {
  const labels = LEDGER_LABELS;
  const pod = {
    serviceAccountName: NAME,
    terminationGracePeriodSeconds: 30,
    securityContext: POD_SECURITY,
    containers: [containerOf(namespace, image, ledgerSecret, secretName !== undefined)],
    volumes: [
      { name: "settings", configMap: { name: NAME } },
      ...(secretName === undefined ? [] : [{ name: LEDGER_WEBHOOK_MOUNT.name, secret: { secretName } }]),
    ],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: pod },
    },
  };
}

function containerOf(namespace: string, image: string, ledgerSecret: string, hasWebhook: boolean) {
  const probe = (path: string) => ({
    httpGet: { path, port: "metrics" },
    periodSeconds: 10,
    timeoutSeconds: 3,
  });
  return {
    name: "ledger",
    image,
    args: [
      "lb",
      "sync",
      "--watch",
      `--config=${SETTINGS_FOLDER}/settings.yaml`,
      `--leader-election-namespace=${namespace}`,
      `--metrics-bind-address=:${METRICS_PORT}`,
      ...(hasWebhook ? LEDGER_WEBHOOK_ARGUMENTS : []),
    ],
    // Not as an argument, which every list of processes shows.
    env: [{ name: "PLEXAUBNET_LEDGER", valueFrom: { secretKeyRef: { name: ledgerSecret, key: "address" } } }],
    ports: [
      { name: "metrics", containerPort: METRICS_PORT, protocol: "TCP" },
      { name: "webhook", containerPort: WEBHOOK_PORT, protocol: "TCP" },
    ],
    livenessProbe: probe("/healthz"),
    readinessProbe: probe("/readyz"),
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: "settings", mountPath: SETTINGS_FOLDER, readOnly: true },
      ...(hasWebhook ? [LEDGER_WEBHOOK_MOUNT] : []),
    ],
  };
}

/** Services are admitted while the ledger is unavailable: plexaubnet_lb_webhook_unanswered_total counts them. */
export function ledgerWebhook({
  namespace,
  caBundle,
}: Pick<LedgerInstallChoice, "namespace" | "caBundle">): AnyObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: NAME, labels: LEDGER_LABELS },
    webhooks: [
      {
        name: "services.ledger.plexaubnet.io",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        failurePolicy: "Ignore",
        timeoutSeconds: 3,
        clientConfig: {
          service: { name: NAME, namespace, path: "/validate-service", port: WEBHOOK_PORT },
          ...defined({ caBundle }),
        },
        rules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            resources: ["services"],
            operations: ["CREATE", "UPDATE"],
            scope: "Namespaced",
          },
        ],
      },
    ],
  };
}
