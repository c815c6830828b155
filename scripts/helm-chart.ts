/**
 * The Helm chart, from the same objects as `plexaubnet install`: what a user of the chart may choose stands
 * there as a reference to its value. Only `{{ .X.y }}`, `{{ .X.y | toJson }}` (once or twice) and `{{- if
 * .X.y }} … {{- end }}`, with `not` or a number that it is to exceed, are used, so that a test can render it
 * without Helm.
 */
import { stringify } from "yaml";
import { crds } from "../src/api/index.ts";
import { manifestText } from "../src/cli/install/apply-manifests.ts";
import {
  LEDGER_WEBHOOK_ARGUMENTS,
  LEDGER_WEBHOOK_MOUNT,
  ledgerManifests,
  ledgerWebhook,
} from "../src/cli/install/ledger-manifests.ts";
import { INSTALLED, LABELS } from "../src/cli/install/names.ts";
import {
  admissionConfiguration,
  operatorDeployment,
  RESOURCES,
  services,
  WEBHOOK_FILES,
  WEBHOOK_FOLDER,
  WEBHOOK_VOLUME,
} from "../src/cli/install/operator-manifests.ts";
import { operatorRbac, userRbac } from "../src/cli/install/rbac-manifests.ts";
import type { AnyObject } from "../src/client/index.ts";
import { WEBHOOK_SECRET_NAME } from "../src/operator/index.ts";

const CHART = "deploy/helm/plexaubnet";
const NAMESPACE = "{{ .Release.Namespace }}";

/** A reference that stands for more than a string: written without the quotes that YAML puts around it. */
const raw = (expression: string) => `RAW{{ ${expression} }}`;
const unquoted = (text: string) => text.replaceAll(/["']?RAW(\{\{.*?\}\})["']?/g, "$1");

/**
 * An item or a key that stands for the line where a part begins that is left out while a value is empty, or
 * ends.
 */
const ONLY_WITH = "ONLY WITH .Values.";
const ONLY_WITHOUT = "ONLY WITHOUT .Values.";
const END = "END ONLY";
const conditional = (text: string) =>
  text
    .replaceAll(/^ *(?:- )?ONLY WITH (\S+?)(?:: null)?$/gm, "{{- if $1 }}")
    .replaceAll(/^ *(?:- )?ONLY WITHOUT (\S+?)(?:: null)?$/gm, "{{- if not $1 }}")
    .replaceAll(/^ *(?:- )?END ONLY(?:: null)?$/gm, "{{- end }}");

const WEBHOOK_SECRET = "webhookCertificateSecret";
const WEBHOOK_CA = "webhookCaBundle";
const SECURE = "metricsSecure";
const LEDGER_WEBHOOK = "ledgerWebhookSecret";

/** Values that users may set, with what holds when they do not. */
const VALUES = [
  ["image", "plexaubnet:VERSION", "The operator's image, where your cluster finds it."],
  [
    "imageDigest",
    "",
    "digest of the image, sha256:…, which takes precedence over its tag. Empty: use the tag.",
  ],
  ["imagePullSecrets", [], "Names of Secrets, as [{name: …}]."],
  ["replicas", 2, "One works, the others wait for the Lease."],
  ["maxConcurrentReconciles", 128, "Upper limit for each controller; beyond 16, what the API server bears."],
  ["denyOverlappingPools", false, "Refuse a pool that overlaps another one, instead of warning."],
  ["logLevel", "info", "trace, debug, info, warn, error, fatal or silent."],
  [
    WEBHOOK_SECRET,
    "",
    "A Secret with tls.crt, tls.key and ca.crt: the webhook's certificate. Empty: the operator makes one, and may patch\n# the webhook's configuration to say whom to trust.",
  ],
  [
    WEBHOOK_CA,
    "",
    "With it: the authority that the API server is to trust, PEM in base64. Empty: say it by webhookAnnotations.",
  ],
  [
    "webhookAnnotations",
    {},
    "Of the webhook's configuration: {cert-manager.io/inject-ca-from: NAMESPACE/CERTIFICATE}, say.",
  ],
  [SECURE, true, "Serve metrics, probes and /recalculate over TLS."],
  ["networkPolicy", true, "Restrict access to the pods to the sources below."],
  [
    "metricsFrom",
    [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
    "Sources that may reach metrics and /recalculate, as peers of a NetworkPolicy. Empty: all.",
  ],
  [
    "webhookFrom",
    [],
    "Sources that may reach the webhook: [{ipBlock: {cidr: …}}] of the API servers. Empty: all, because no selector matches an API server.",
  ],
  ["podDisruptionBudget", true, "With more than one replica: let drains take one at a time."],
  ["resources", RESOURCES, "For 100,000 Subnets."],
  ["nodeSelector", {}, ""],
  ["tolerations", [], ""],
  ["serviceMonitor", false, "Let the Prometheus operator scrape the metrics."],
  ["loadBalancers", false, "Keep the ledger of MetalLB's load balancers, too: `plexaubnet lb sync --watch`."],
  [
    "ledgerSecret",
    "plexaubnet-ledger",
    "A Secret whose key `address` is that of the ledger, password included.",
  ],
  [
    "ledgerSettings",
    { cluster: "default", mode: "observe" },
    "Settings of the comparison, and mapping of the pool table.",
  ],
  [
    "metallbNamespace",
    "metallb-system",
    "Where MetalLB is; say it in ledgerSettings.metallb.namespace, too.",
  ],
  [LEDGER_WEBHOOK, "", "A Secret with tls.crt and tls.key: reviews Services. Empty: no webhook."],
  ["ledgerWebhookCaBundle", "", "With it: the authority that the API server is to trust, PEM in base64."],
] as const;

export function helmChart(version: string, header: string): Map<string, string> {
  const files = new Map<string, string>();
  const template = (name: string, objects: readonly AnyObject[]) =>
    files.set(`${CHART}/templates/${name}.yaml`, header + conditional(unquoted(manifestText(objects))));
  files.set(`${CHART}/Chart.yaml`, header + stringify(chartOf(version)));
  files.set(`${CHART}/values.yaml`, header + valuesText(version));
  for (const crd of crds) {
    const text = header + stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false });
    files.set(`${CHART}/crds/${crd.metadata.name}.yaml`, text);
  }
  template("rbac", [...chartRbac(), ...userRbac()]);
  template("services", services(NAMESPACE));
  template("deployment", [deployment()]);
  template("admission", [admission()]);
  const only = (name: string, condition: string, object: AnyObject) => {
    const text = conditional(unquoted(manifestText([object])));
    files.set(`${CHART}/templates/${name}.yaml`, `${header}{{- if ${condition} }}\n${text}{{- end }}\n`);
  };
  only("service-monitor", ".Values.serviceMonitor", chartMonitor());
  only("network-policy", ".Values.networkPolicy", networkPolicy());
  const ledgerText = conditional(unquoted(manifestText(chartLedger())));
  files.set(
    `${CHART}/templates/ledger.yaml`,
    `${header}{{- if .Values.loadBalancers }}\n${ledgerText}{{- end }}\n`,
  );
  const webhookText = conditional(unquoted(manifestText([chartLedgerWebhook()])));
  files.set(
    `${CHART}/templates/ledger-webhook.yaml`,
    `${header}{{- if .Values.loadBalancers }}\n{{- if .Values.${LEDGER_WEBHOOK} }}\n${webhookText}{{- end }}\n{{- end }}\n`,
  );
  const ofSeveral = "and .Values.podDisruptionBudget (gt (int .Values.replicas) 1)";
  only("pod-disruption-budget", ofSeveral, disruptionBudget());
  return files;
}

function chartLedger(): AnyObject[] {
  const objects = ledgerManifests({
    namespace: NAMESPACE,
    image: IMAGE,
    metallbNamespace: "{{ .Values.metallbNamespace }}",
    ledgerSecret: "{{ .Values.ledgerSecret }}",
    settings: raw(".Values.ledgerSettings | toJson | toJson"),
  });
  return objects.map((object) => (object.kind === "Deployment" ? chartLedgerDeployment(object) : object));
}

function chartLedgerDeployment(made: AnyObject): AnyObject {
  const spec = made.spec as { readonly template: { readonly metadata: object; readonly spec: LedgerPod } };
  const { spec: pod } = spec.template;
  const [container] = pod.containers;
  const whenItReviews = (...more: readonly unknown[]) => [ONLY_WITH + LEDGER_WEBHOOK, ...more, END];
  const containers = [
    {
      ...container,
      args: [...(container?.args ?? []), ...whenItReviews(...LEDGER_WEBHOOK_ARGUMENTS)],
      volumeMounts: [...(container?.volumeMounts ?? []), ...whenItReviews(LEDGER_WEBHOOK_MOUNT)],
    },
  ];
  const certificate = {
    name: LEDGER_WEBHOOK_MOUNT.name,
    secret: { secretName: `{{ .Values.${LEDGER_WEBHOOK} }}` },
  };
  const template = {
    ...spec.template,
    spec: {
      ...pod,
      imagePullSecrets: raw(".Values.imagePullSecrets | toJson"),
      nodeSelector: raw(".Values.nodeSelector | toJson"),
      tolerations: raw(".Values.tolerations | toJson"),
      containers,
      volumes: [...pod.volumes, ...whenItReviews(certificate)],
    },
  };
  return { ...made, spec: { ...spec, template } };
}

interface LedgerPod {
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly volumeMounts: readonly object[];
  }[];
  readonly volumes: readonly object[];
}

function chartLedgerWebhook(): AnyObject {
  const made = ledgerWebhook({ namespace: NAMESPACE });
  const webhooks = (made.webhooks as readonly { readonly clientConfig: object }[]).map((webhook) => ({
    ...webhook,
    clientConfig: {
      ...webhook.clientConfig,
      [`${ONLY_WITH}ledgerWebhookCaBundle`]: null,
      caBundle: "{{ .Values.ledgerWebhookCaBundle }}",
      [END]: null,
    },
  }));
  return { ...made, webhooks };
}

/** The right to patch the webhook's configuration is removed where it is not needed. */
function chartRbac(): AnyObject[] {
  const whole = operatorRbac({ namespace: NAMESPACE });
  const without = operatorRbac({ namespace: NAMESPACE, certificateIsGiven: true });
  return whole.map((object, at) => {
    const kept = new Set(rulesOf(without[at]).map((rule) => JSON.stringify(rule)));
    if (object.rules === undefined) return object;
    const rules = rulesOf(object).flatMap((rule) =>
      kept.has(JSON.stringify(rule)) ? [rule] : [ONLY_WITHOUT + WEBHOOK_SECRET, rule, END],
    );
    return { ...object, rules };
  });
}

function rulesOf(object: AnyObject | undefined): readonly unknown[] {
  return (object?.rules ?? []) as readonly unknown[];
}

function admission(): AnyObject {
  const made = admissionConfiguration(NAMESPACE);
  const annotations = raw(".Values.webhookAnnotations | toJson");
  const webhooks = (made.webhooks as readonly { readonly clientConfig: object }[]).map((webhook) => ({
    ...webhook,
    clientConfig: {
      ...webhook.clientConfig,
      [ONLY_WITH + WEBHOOK_CA]: null,
      caBundle: `{{ .Values.${WEBHOOK_CA} }}`,
      [END]: null,
    },
  }));
  const metadata = {
    ...made.metadata,
    [`${ONLY_WITH}webhookAnnotations`]: null,
    annotations,
    [END]: null,
  } as unknown as AnyObject["metadata"];
  return { ...made, metadata, webhooks };
}

/** Egress is left open: API servers cannot be selected, and a cluster's DNS is where it is. */
function networkPolicy(): AnyObject {
  const rule = (port: string, from: string) => ({
    ports: [{ port, protocol: "TCP" }],
    from: raw(`.Values.${from} | toJson`),
  });
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: INSTALLED.operator, namespace: NAMESPACE, labels: LABELS },
    spec: {
      podSelector: { matchLabels: LABELS },
      policyTypes: ["Ingress"],
      ingress: [rule("metrics", "metricsFrom"), rule("webhook", "webhookFrom")],
    },
  };
}

function disruptionBudget(): AnyObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: INSTALLED.operator, namespace: NAMESPACE, labels: LABELS },
    spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } },
  };
}

function chartOf(version: string): object {
  return {
    apiVersion: "v2",
    name: "plexaubnet",
    description: "IP address management for Kubernetes",
    type: "application",
    version,
    appVersion: version,
    kubeVersion: ">=1.28.0-0",
  };
}

function valuesText(version: string): string {
  return VALUES.map(([name, value, says]) => {
    const shown = value === "plexaubnet:VERSION" ? `plexaubnet:${version}` : value;
    return `${says === "" ? "" : `# ${says}\n`}${stringify({ [name]: shown })}`;
  }).join("");
}

const IMAGE = "{{ .Values.image }}{{ if .Values.imageDigest }}@{{ .Values.imageDigest }}{{ end }}";

const SECURE_ARGUMENT = `--metrics-secure={{ .Values.${SECURE} }}`;

interface PodTemplate {
  readonly metadata: object;
  readonly spec: { readonly containers: readonly Container[] };
}

interface Container {
  readonly args: readonly string[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Probe {
  readonly httpGet: object;
}

/** Over TLS only where that is what is served. */
function chartProbe({ httpGet, ...probe }: Probe): object {
  const { scheme, ...target } = httpGet as { readonly scheme?: string };
  return { httpGet: { ...target, [ONLY_WITH + SECURE]: null, scheme, [END]: null }, ...probe };
}

function deployment(): AnyObject {
  const made = operatorDeployment({ namespace: NAMESPACE, image: IMAGE, replicas: 0 });
  const spec = made.spec as { readonly template: PodTemplate };
  const [container] = spec.template.spec.containers;
  if (container === undefined) throw new Error("the Deployment has no container");
  const args = [
    ...container.args.map((arg) => (arg.startsWith("--metrics-secure=") ? SECURE_ARGUMENT : arg)),
    "--max-concurrent-reconciles={{ .Values.maxConcurrentReconciles }}",
    "--deny-overlapping-pools={{ .Values.denyOverlappingPools }}",
    "--log-level={{ .Values.logLevel }}",
    ONLY_WITH + WEBHOOK_SECRET,
    ...WEBHOOK_FILES,
    END,
  ];
  const volumeMounts = [{ name: WEBHOOK_VOLUME, mountPath: WEBHOOK_FOLDER, readOnly: true }];
  const secretName = `{{ .Values.${WEBHOOK_SECRET} }}`;
  const pod = {
    ...spec.template.spec,
    imagePullSecrets: raw(".Values.imagePullSecrets | toJson"),
    nodeSelector: raw(".Values.nodeSelector | toJson"),
    tolerations: raw(".Values.tolerations | toJson"),
    containers: [
      {
        ...container,
        args,
        livenessProbe: chartProbe(container.livenessProbe),
        readinessProbe: chartProbe(container.readinessProbe),
        resources: raw(".Values.resources | toJson"),
        [ONLY_WITH + WEBHOOK_SECRET]: null,
        volumeMounts,
        [END]: null,
      },
    ],
    [ONLY_WITH + WEBHOOK_SECRET]: null,
    volumes: [{ name: WEBHOOK_VOLUME, secret: { secretName } }],
    [END]: null,
  };
  const template = { ...spec.template, spec: pod };
  return { ...made, spec: { ...spec, replicas: raw(".Values.replicas"), template } };
}

/** `monitoring.coreos.com/v1`: the operator's metrics, scraped with the token of Prometheus itself. */
export function serviceMonitor(namespace: string): AnyObject {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: "plexaubnet", namespace, labels: LABELS },
    spec: {
      selector: { matchLabels: LABELS },
      endpoints: [
        {
          port: "metrics",
          interval: "30s",
          bearerTokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
          scheme: "https",
          tlsConfig: {
            ca: { secret: { name: WEBHOOK_SECRET_NAME, key: "ca.crt" } },
            serverName: `${INSTALLED.metricsService}.${namespace}.svc`,
          },
          // The metrics have a label "namespace" of their own: that of the pool.
          honorLabels: true,
        },
      ],
    },
  };
}

/** As {@link serviceMonitor}, over HTTP if the chart is configured so. */
function chartMonitor(): AnyObject {
  const made = serviceMonitor(NAMESPACE);
  const { endpoints, ...spec } = made.spec as { readonly endpoints: readonly Record<string, unknown>[] };
  const conditionalEndpoints = endpoints.map(({ scheme, tlsConfig, ...endpoint }) => ({
    ...endpoint,
    [ONLY_WITH + SECURE]: null,
    scheme,
    tlsConfig,
    [END]: null,
  }));
  return { ...made, spec: { ...spec, endpoints: conditionalEndpoints } };
}
