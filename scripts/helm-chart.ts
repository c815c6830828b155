/**
 * The Helm chart, from the same objects as `plexaubnet install`: what a user of the chart may choose stands there as a
 * reference to its value. Only `{{ .X.y }}`, `{{ .X.y | toJson }}` and `{{- if .X.y }} … {{- end }}` are used, so that a
 * test can render it without Helm.
 */
import { stringify } from "yaml";
import { crds } from "../src/api/index.ts";
import { manifestText } from "../src/cli/install/apply-manifests.ts";
import { LABELS } from "../src/cli/install/names.ts";
import {
  admissionConfiguration,
  operatorDeployment,
  RESOURCES,
  services,
} from "../src/cli/install/operator-manifests.ts";
import { operatorRbac, userRbac } from "../src/cli/install/rbac-manifests.ts";
import type { AnyObject } from "../src/client/index.ts";

const CHART = "deploy/helm/plexaubnet";
const NAMESPACE = "{{ .Release.Namespace }}";

/** A reference that stands for more than a string: written without the quotes that YAML puts around it. */
const raw = (expression: string) => `RAW{{ ${expression} }}`;
const unquoted = (text: string) => text.replaceAll(/["']?RAW(\{\{.*?\}\})["']?/g, "$1");

/** An item or a key that stands for the line where a part begins that is left out while a value is empty, or ends. */
const ONLY_WITH = "ONLY WITH .Values.";
const END = "END ONLY";
const conditional = (text: string) =>
  text
    .replaceAll(/^ *(?:- )?ONLY WITH (\S+?)(?:: null)?$/gm, "{{- if $1 }}")
    .replaceAll(/^ *(?:- )?END ONLY(?:: null)?$/gm, "{{- end }}");

const WEBHOOK_SECRET = "webhookCertificateSecret";
const WEBHOOK_VOLUME = "webhook-certificate";
const WEBHOOK_FOLDER = "/etc/plexaubnet/webhook";

/** Values that users may set, with what holds when they do not. */
const VALUES = [
  ["image", "plexaubnet:VERSION", "The operator's image, where your cluster finds it."],
  ["imagePullSecrets", [], "Names of Secrets, as [{name: …}]."],
  ["replicas", 2, "One works, the others wait for the Lease."],
  ["maxConcurrentReconciles", 5, "Reconciles at once, for each controller."],
  ["denyOverlappingPools", false, "Refuse a pool that overlaps another one, instead of warning."],
  ["logLevel", "info", "trace, debug, info, warn, error, fatal or silent."],
  [
    WEBHOOK_SECRET,
    "",
    "A Secret with tls.crt, tls.key and ca.crt: the webhook's certificate. Empty: the operator makes one.",
  ],
  ["resources", RESOURCES, "For 100,000 Subnets."],
  ["nodeSelector", {}, ""],
  ["tolerations", [], ""],
  ["serviceMonitor", false, "Let the Prometheus operator scrape the metrics."],
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
  template("rbac", [...operatorRbac({ namespace: NAMESPACE }), ...userRbac()]);
  template("services", services(NAMESPACE));
  template("deployment", [deployment()]);
  template("admission", [admissionConfiguration(NAMESPACE)]);
  const monitor = manifestText([serviceMonitor(NAMESPACE)]);
  const withMonitor = `{{- if .Values.serviceMonitor }}\n${monitor}{{- end }}\n`;
  files.set(`${CHART}/templates/service-monitor.yaml`, header + withMonitor);
  return files;
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

interface PodTemplate {
  readonly metadata: object;
  readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] };
}

function deployment(): AnyObject {
  const image = "{{ .Values.image }}";
  const made = operatorDeployment({ namespace: NAMESPACE, image, replicas: 0 });
  const spec = made.spec as { readonly template: PodTemplate };
  const [container] = spec.template.spec.containers;
  const args = [
    ...(container?.args ?? []),
    "--max-concurrent-reconciles={{ .Values.maxConcurrentReconciles }}",
    "--deny-overlapping-pools={{ .Values.denyOverlappingPools }}",
    "--log-level={{ .Values.logLevel }}",
    ONLY_WITH + WEBHOOK_SECRET,
    `--webhook-cert=${WEBHOOK_FOLDER}/tls.crt`,
    `--webhook-key=${WEBHOOK_FOLDER}/tls.key`,
    `--webhook-ca=${WEBHOOK_FOLDER}/ca.crt`,
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
          // The metrics have a label "namespace" of their own: that of the pool.
          honorLabels: true,
        },
      ],
    },
  };
}
