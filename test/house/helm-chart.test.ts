/** The Helm chart, rendered as Helm would, comes to the same as `plexaubnet install`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { installManifests } from "../../src/cli/install/operator-manifests.ts";
import type { AnyObject } from "../../src/client/index.ts";
import { ROOT } from "./sources.ts";

const CHART = join(ROOT, "deploy/helm/plexaubnet");
const NAMESPACE = "ipam";
const values = parse(readFileSync(join(CHART, "values.yaml"), "utf8")) as Record<string, unknown>;

/** The three forms that the chart's generator uses; anything else is a failure. */
function render(template: string, chosen: Record<string, unknown>): string {
  const lookUp = (path: string): unknown => {
    if (path === ".Release.Namespace") return NAMESPACE;
    const name = /^\.Values\.(\w+)$/.exec(path)?.[1];
    if (name === undefined || !(name in chosen)) throw new Error(`the chart has no value ${path}`);
    return chosen[name];
  };
  const whole = template.replaceAll(
    /\{\{- if (\S+) \}\}(.*?)\{\{- end \}\}/gs,
    (_, path: string, body: string) => (lookUp(path) ? body : ""),
  );
  return whole.replaceAll(/\{\{(.*?)\}\}/g, (_, inner: string) => {
    const found = /^ (\.[\w.]+)( \| toJson)? $/.exec(inner);
    if (found === null) throw new Error(`the test cannot render {{${inner}}}`);
    const value = lookUp(found[1] ?? "");
    return found[2] === undefined ? String(value) : JSON.stringify(value);
  });
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
  }[];
}

function podOf(objects: readonly AnyObject[]): PodSpec {
  const deployment = byName(objects).get("Deployment/plexaubnet-operator") as unknown as {
    readonly spec: { readonly template: { readonly spec: PodSpec } };
  };
  return deployment.spec.template.spec;
}

test("the chart is what the command installs, but for the kinds, which Helm keeps apart", () => {
  const image = String(values.image);
  const installed = installManifests({ namespace: NAMESPACE, image, replicas: 2 });
  const apart = new Set(["Namespace", "CustomResourceDefinition", "Deployment"]);
  const expected = byName(installed.filter(({ kind }) => !apart.has(kind)));
  const found = byName(rendered(values));
  found.delete("Deployment/plexaubnet-operator");
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
  };
  expect(Object.keys(other).sort()).toEqual(Object.keys(values).sort());
  for (const [name, value] of Object.entries(other)) {
    expect(rendered({ ...values, [name]: value }), name).not.toEqual(rendered(values));
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
