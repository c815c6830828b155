/** The Helm chart, rendered as Helm would, comes to the same as `plexaubnet install`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { ledgerManifests } from "../../src/cli/install/ledger-manifests.ts";
import { installManifests } from "../../src/cli/install/operator-manifests.ts";
import type { AnyObject } from "../../src/client/index.ts";
import { ROOT } from "./sources.ts";

const CHART = join(ROOT, "deploy/helm/plexaubnet");
const NAMESPACE = "ipam";
const values = parse(readFileSync(join(CHART, "values.yaml"), "utf8")) as Record<string, unknown>;

/** The forms that the chart's generator uses; anything else is a failure. */
function render(template: string, chosen: Record<string, unknown>): string {
  const lookUp = (path: string): unknown => {
    if (path === ".Release.Namespace") return NAMESPACE;
    const name = /^\.Values\.(\w+)$/.exec(path)?.[1];
    if (name === undefined || !(name in chosen)) throw new Error(`the chart has no value ${path}`);
    return chosen[name];
  };
  const whole = withoutUnmet(template, (condition) => {
    const several = /^and (\S+) \(gt \(int (\S+)\) 1\)$/.exec(condition);
    if (several !== null) return isSet(lookUp(several[1] ?? "")) && Number(lookUp(several[2] ?? "")) > 1;
    return condition.startsWith("not ") ? !isSet(lookUp(condition.slice(4))) : isSet(lookUp(condition));
  });
  return whole.replaceAll(/\{\{(.*?)\}\}/g, (_, inner: string) => {
    const found = /^ (\.[\w.]+)((?: \| toJson){0,2}) $/.exec(inner);
    if (found === null) throw new Error(`the test cannot render {{${inner}}}`);
    const value = lookUp(found[1] ?? "");
    const times = (found[2]?.split("toJson").length ?? 1) - 1;
    if (times === 0) return String(value);
    return times === 1 ? JSON.stringify(value) : JSON.stringify(JSON.stringify(value));
  });
}

/** As Helm sees it: an empty list or object is not set. */
function isSet(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

/** Leaves out what stands between `if` and `end` of a condition that is not met, one within another. */
function withoutUnmet(template: string, isMet: (condition: string) => boolean): string {
  const met: boolean[] = [];
  const parts = template.split(/\{\{-? (if .+?|end) \}\}/);
  return parts
    .map((part, at) => {
      if (at % 2 === 0) return met.every(Boolean) ? part : "";
      if (part === "end") met.pop();
      else met.push(isMet(part.slice("if ".length)));
      return "";
    })
    .join("");
}

function rendered(chosen: Record<string, unknown>): AnyObject[] {
  return readdirSync(join(CHART, "templates")).flatMap((name) => {
    const text = render(readFileSync(join(CHART, "templates", name), "utf8"), chosen);
    return [...parseAllDocuments(text)].flatMap((document) => {
      expect(document.errors, name).toEqual([]);
      const object = document.toJS() as AnyObject | null;
      return object === null ? [] : [object];
    });
  });
}

function byName(objects: readonly AnyObject[]): Map<string, AnyObject> {
  return new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}

interface PodSpec {
  readonly volumes?: readonly unknown[];
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly volumeMounts?: readonly unknown[];
    readonly resources: unknown;
    readonly image: string;
    readonly livenessProbe: { readonly httpGet: object };
  }[];
}

function podOf(objects: readonly AnyObject[]): PodSpec {
  const deployment = byName(objects).get("Deployment/plexaubnet-operator") as unknown as {
    readonly spec: { readonly template: { readonly spec: PodSpec } };
  };
  return deployment.spec.template.spec;
}

test("the chart is what the command installs, except for the kinds, which Helm keeps apart", () => {
  const image = String(values.image);
  const installed = installManifests({ namespace: NAMESPACE, image, replicas: 2 });
  const apart = new Set(["Namespace", "CustomResourceDefinition", "Deployment"]);
  const expected = byName(installed.filter(({ kind }) => !apart.has(kind)));
  const found = byName(rendered(values));
  found.delete("Deployment/plexaubnet-operator");
  // What depends on how a cluster is built is the chart's alone.
  for (const kind of ["NetworkPolicy", "PodDisruptionBudget"]) found.delete(`${kind}/plexaubnet-operator`);
  expect(found).toEqual(expected);
  const [container] = podOf(rendered(values)).containers;
  const [ours] = podOf(installed).containers;
  expect(container).toMatchObject({ ...ours, args: expect.arrayContaining([...(ours?.args ?? [])]) });
  expect(readdirSync(join(CHART, "crds")).sort()).toEqual(
    installed
      .filter(({ kind }) => kind === "CustomResourceDefinition")
      .map(({ metadata }) => `${metadata.name}.yaml`)
      .sort(),
  );
});

test("every value does something", () => {
  const other: Record<string, unknown> = {
    image: "registry.example/plexaubnet:2",
    imagePullSecrets: [{ name: "pull" }],
    replicas: 3,
    maxConcurrentReconciles: 9,
    denyOverlappingPools: true,
    logLevel: "debug",
    resources: { limits: { memory: "2Gi" } },
    nodeSelector: { disk: "ssd" },
    tolerations: [{ operator: "Exists" }],
    serviceMonitor: true,
    webhookCertificateSecret: "webhook-tls",
    imageDigest: "sha256:abc",
    webhookCaBundle: "Q0E=",
    webhookAnnotations: { "cert-manager.io/inject-ca-from": "ipam/webhook" },
    metricsSecure: false,
    networkPolicy: false,
    metricsFrom: [],
    webhookFrom: [{ ipBlock: { cidr: "10.0.0.1/32" } }],
    podDisruptionBudget: false,
    loadBalancers: true,
    ledgerSecret: "database",
    ledgerSettings: { cluster: "jkt-1", mode: "upsert" },
    metallbNamespace: "metallb",
    ledgerWebhookSecret: "ledger-tls",
    ledgerWebhookCaBundle: "Q0E=",
  };
  // Of a part that is left out nothing can be seen.
  const whole = { ...values, loadBalancers: true, ledgerWebhookSecret: "tls" };
  expect(Object.keys(other).sort()).toEqual(Object.keys(values).sort());
  for (const [name, value] of Object.entries(other)) {
    const base = name === "loadBalancers" ? values : whole;
    expect(rendered({ ...base, [name]: value }), name).not.toEqual(rendered(base));
  }
});

test("a Secret with the webhook's certificate is mounted, and its files are named", () => {
  const pod = podOf(rendered({ ...values, webhookCertificateSecret: "webhook-tls" }));
  const [container] = pod.containers;
  const mountPath = "/etc/plexaubnet/webhook";
  expect(pod.volumes).toEqual([{ name: "webhook-certificate", secret: { secretName: "webhook-tls" } }]);
  expect(container?.volumeMounts).toEqual([{ name: "webhook-certificate", mountPath, readOnly: true }]);
  expect(container?.args.slice(-3)).toEqual([
    `--webhook-cert=${mountPath}/tls.crt`,
    `--webhook-key=${mountPath}/tls.key`,
    `--webhook-ca=${mountPath}/ca.crt`,
  ]);
  const plain = podOf(rendered(values));
  expect([plain.volumes, plain.containers[0]?.volumeMounts]).toEqual([undefined, undefined]);
});

test("PS-13 with a given certificate the operator may not patch the webhook's configuration, by the chart and by the command", () => {
  const grants = (objects: readonly AnyObject[]) =>
    objects.some(({ rules }) => JSON.stringify(rules ?? "").includes("validatingwebhookconfigurations"));
  expect(grants(rendered(values))).toBe(true);
  const given = { ...values, webhookCertificateSecret: "webhook-tls", webhookCaBundle: "Q0E=" };
  expect(grants(rendered(given))).toBe(false);
  const webhookCertificate = { secret: "webhook-tls", caBundle: "CA" };
  const installed = installManifests({
    namespace: NAMESPACE,
    image: String(values.image),
    replicas: 2,
    webhookCertificate,
  });
  expect(grants(installed)).toBe(false);
  const [chart, command] = [rendered(given), installed].map(byName);
  for (const name of ["ClusterRole/plexaubnet-operator", "ValidatingWebhookConfiguration/plexaubnet"])
    expect(chart?.get(name)).toEqual(command?.get(name));
  expect(podOf(rendered(given)).volumes).toEqual(podOf(installed).volumes);
  expect(podOf(rendered(given)).containers[0]?.volumeMounts).toEqual(
    podOf(installed).containers[0]?.volumeMounts,
  );
});

test("PS-13 the endpoints are probed and scraped as they are served", () => {
  for (const metricsSecure of [true, false]) {
    const objects = rendered({ ...values, metricsSecure, serviceMonitor: true });
    const [container] = podOf(objects).containers;
    expect(container?.args).toContain(`--metrics-secure=${metricsSecure}`);
    const scheme = metricsSecure ? "HTTPS" : undefined;
    expect(container?.livenessProbe.httpGet).toEqual({ path: "/livez", port: "metrics", scheme });
    const monitor = byName(objects).get("ServiceMonitor/plexaubnet") as unknown as {
      readonly spec: {
        readonly endpoints: readonly { readonly scheme?: string; readonly tlsConfig?: object }[];
      };
    };
    const [endpoint] = monitor.spec.endpoints;
    expect(endpoint?.scheme).toBe(metricsSecure ? "https" : undefined);
    expect(endpoint?.tlsConfig).toEqual(
      metricsSecure
        ? {
            ca: { secret: { name: "plexaubnet-webhook-certificate", key: "ca.crt" } },
            serverName: `plexaubnet-metrics.${NAMESPACE}.svc`,
          }
        : undefined,
    );
  }
});

test("PS-13 the pods are reached by those whom the values name, and drained one at a time", () => {
  const objects = byName(rendered(values));
  const policy = objects.get("NetworkPolicy/plexaubnet-operator");
  const pods = {
    matchLabels: { "app.kubernetes.io/name": "plexaubnet", "app.kubernetes.io/component": "operator" },
  };
  const monitoring = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } };
  expect([policy?.metadata.namespace, policy?.spec]).toEqual([
    NAMESPACE,
    {
      podSelector: pods,
      policyTypes: ["Ingress"],
      ingress: [
        { ports: [{ port: "metrics", protocol: "TCP" }], from: [monitoring] },
        { ports: [{ port: "webhook", protocol: "TCP" }], from: [] },
      ],
    },
  ]);
  const budget = objects.get("PodDisruptionBudget/plexaubnet-operator");
  expect(budget?.spec).toEqual({ maxUnavailable: 1, selector: pods });
  const alone = byName(rendered({ ...values, replicas: 1 }));
  expect(alone.has("PodDisruptionBudget/plexaubnet-operator")).toBe(false);
});

test("an image is named by its digest where that is given", () => {
  const imageOf = (chosen: object) => podOf(rendered({ ...values, ...chosen })).containers[0]?.image;
  expect(imageOf({ image: "registry.example/pn:2" })).toBe("registry.example/pn:2");
  expect(imageOf({ image: "registry.example/pn:2", imageDigest: "sha256:abc" })).toBe(
    "registry.example/pn:2@sha256:abc",
  );
});

test("the version of the chart is that of the package", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  expect(parse(readFileSync(join(CHART, "Chart.yaml"), "utf8"))).toMatchObject({
    version,
    appVersion: version,
  });
});

test("the image is built from files that exist", () => {
  const dockerfile = readFileSync(join(ROOT, "deploy/Dockerfile"), "utf8");
  const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, all = ""]) =>
    all.split(" "),
  );
  const present = new Set(readdirSync(ROOT));
  for (const source of sources) expect(present).toContain(source);
  const ignore = readFileSync(join(ROOT, "deploy/Dockerfile.dockerignore"), "utf8").split("\n");
  for (const source of sources) expect(ignore).toContain(`!${source}`);
});

test("RC-05 the part that keeps the ledger is rendered as its manifests say, with its webhook where that has a certificate", () => {
  const settings = { cluster: "jkt-1", mode: "upsert" };
  const chosen = { ...values, loadBalancers: true, ledgerSecret: "db", ledgerSettings: settings };
  const choice = {
    namespace: NAMESPACE,
    image: String(values.image),
    metallbNamespace: "metallb-system",
    ledgerSecret: "db",
    settings: JSON.stringify(settings),
  };
  const ofLedger = (more: object) => {
    const found = byName(rendered({ ...chosen, ...more }));
    for (const key of found.keys()) if (!/plexaubnet-ledger/.test(key)) found.delete(key);
    // What a cluster needs besides.
    const pod = (
      found.get("Deployment/plexaubnet-ledger")?.spec as { template: { spec: Record<string, unknown> } }
    ).template.spec;
    for (const name of ["imagePullSecrets", "nodeSelector", "tolerations"]) delete pod[name];
    return found;
  };
  expect(ofLedger({})).toEqual(byName(ledgerManifests(choice)));
  const webhook = { webhookSecret: "tls", caBundle: "Q0E=" };
  expect(ofLedger({ ledgerWebhookSecret: "tls", ledgerWebhookCaBundle: "Q0E=" })).toEqual(
    byName(ledgerManifests({ ...choice, ...webhook })),
  );
});
