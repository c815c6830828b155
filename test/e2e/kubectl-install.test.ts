/**
 * `plexaubnet install` against an API server with RBAC: as it is applied by the command, and by kubectl from
 * its dry run; and the operator, run with the arguments and the account that the installed Deployment gives
 * it.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, parseAllDocuments, stringify } from "yaml";
import { createMemoryStore } from "../../src/apiserver/index.ts";
import { INSTALLED } from "../../src/cli/install/names.ts";
import type { AnyObject } from "../../src/client/index.ts";
import { DEPLOYMENTS, VALIDATING_WEBHOOK_CONFIGURATIONS } from "../../src/kube/index.ts";
import { FleetWorld, NAMESPACE } from "../integration/fleet-world.ts";
import { giveInput } from "./give-input.ts";
import { RunProcess, writeKubeconfig } from "./run-process.ts";
import { plexaubnet, type Scratch, scratch } from "./up-process.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const { namespace: HOME, operator: OPERATOR } = INSTALLED;

let folder: Scratch;
let world: FleetWorld;
let webhookPort = 0;
let kubeconfig: string;
beforeAll(async () => {
  folder = scratch();
  world = await FleetWorld.start(createMemoryStore(), {
    authorization: "RBAC",
    resolveService: () => (webhookPort === 0 ? undefined : `https://127.0.0.1:${webhookPort}`),
  });
  kubeconfig = writeKubeconfig(folder.path, world.server.kubeconfig());
});
afterAll(async () => {
  await world.stop();
  folder[Symbol.dispose]();
});

async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder.path };
  const running = run("kubectl", args, { env, maxBuffer: 64 * 2 ** 20 });
  giveInput(running.child.stdin, input);
  return (await running).stdout;
}

test("kubectl applies what the dry run prints, twice, and the second time changes nothing", async () => {
  const { code, stdout } = await plexaubnet(["install", "--dry-run", "--image=registry.example/pn:1"]);
  expect(code).toBe(0);
  await kubectl(["apply", "-f", "-"], stdout);
  const again = await kubectl(["apply", "-f", "-"], stdout);
  expect(again.trim().split("\n").length).toBe(parseAllDocuments(stdout).length);
  for (const line of again.trim().split("\n")) expect(line).toMatch(/ unchanged$/);
  const deployment = await world.client.get(DEPLOYMENTS, { namespace: HOME, name: OPERATOR });
  expect(deployment.spec).toMatchObject({
    replicas: 2,
    template: { spec: { containers: [{ image: "registry.example/pn:1" }] } },
  });
});

test("the command applies the same, as often as one likes, and leaves alone what others own", async () => {
  const name = "plexaubnet";
  const caBundle = Buffer.from(world.server.identity.caCertificate).toString("base64");
  const patch = [{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value: caBundle }];
  await world.client.patch(VALIDATING_WEBHOOK_CONFIGURATIONS, { name }, "json", patch);
  const args = ["install", "--kubeconfig", kubeconfig, "--replicas=3"];
  const first = await plexaubnet(args);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain(`applied Deployment ${HOME}/${OPERATOR}\n`);
  const before = await world.client.get(DEPLOYMENTS, { namespace: HOME, name: OPERATOR });
  expect(before.spec).toMatchObject({ replicas: 3 });
  expect((await plexaubnet(args)).code).toBe(0);
  const after = await world.client.get(DEPLOYMENTS, { namespace: HOME, name: OPERATOR });
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  expect(JSON.stringify(await world.client.get(VALIDATING_WEBHOOK_CONFIGURATIONS, { name }))).toContain(
    caBundle,
  );
});

/** A kubeconfig such as a pod of the Deployment would have: its account, its namespace. */
async function podKubeconfig(): Promise<string> {
  const path = `/api/v1/namespaces/${HOME}/serviceaccounts/${OPERATOR}/token`;
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { status } = (await world.client.raw("POST", path, body)) as { status: { token: string } };
  const config = parse(world.server.kubeconfig());
  config.users[0].user = { token: status.token };
  config.contexts[0].context.namespace = HOME;
  return writeKubeconfig(folder.path, stringify(config), "pod");
}

test("PX-07 PS-13 the operator works with the account and the arguments that it is installed with", async () => {
  const { spec } = await world.client.get(DEPLOYMENTS, { namespace: HOME, name: OPERATOR });
  const { template } = spec as { template: { spec: { containers: { args: string[] }[] } } };
  const [command, ...args] = template.spec.containers[0]?.args ?? [];
  expect(command).toBe("run");
  // Two tests on one machine cannot have the same port.
  const elsewhere = ["--metrics-bind-address=127.0.0.1:0", "--webhook-bind-address=127.0.0.1:0"];
  const config = await podKubeconfig();
  await using operator = new RunProcess([...args, ...elsewhere, `--kubeconfig=${config}`]);
  const line = await operator.said("The operator is running");
  webhookPort = Number(new URL(String(line.webhook)).port);
  await world.pool("prod", "10.0.0.0/16");
  await world.claim("payments", "prod");
  await world.bound("payments");
  await expect(world.claim("huge", "prod", { blockSize: 8 })).rejects.toThrow(/spec\.blockSize/);
  operator.signal("SIGTERM");
  expect(await operator.ended).toBe(0);
  const bad = operator.lines.filter(({ level }) => level === "error" || level === "warn");
  expect(bad).toEqual([]);
});

test("rights in some namespaces only are enough to serve these", async () => {
  await kubectl(["delete", "clusterrolebinding", OPERATOR]);
  webhookPort = 0;
  const install = ["install", "--kubeconfig", kubeconfig, `--namespaces=${NAMESPACE}`];
  expect(await plexaubnet(install)).toMatchObject({ code: 0, stderr: "" });
  const config = await podKubeconfig();
  await using operator = new RunProcess([
    "--metrics-bind-address=0",
    `--namespaces=${NAMESPACE}`,
    `--kubeconfig=${config}`,
  ]);
  await operator.said("The operator is running");
  await world.claim("narrow", "prod");
  await world.bound("narrow");
});

test("the kustomize base is what the command installs", async () => {
  const built = await kubectl(["kustomize", join(ROOT, "deploy/kustomize/base")]);
  const { stdout } = await plexaubnet(["install", "--dry-run"]);
  const byName = (text: string) =>
    new Map(
      parseAllDocuments(text).map((document) => {
        const object = document.toJS() as AnyObject;
        return [`${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`, object];
      }),
    );
  expect(byName(built)).toEqual(byName(stdout));
});

test("only the kinds, for an operator that runs elsewhere", async () => {
  const { stdout } = await plexaubnet(["install", "--dry-run", "--crds-only"]);
  const kinds = parseAllDocuments(stdout).map((document) => document.get("kind"));
  expect(kinds).toEqual(Array(4).fill("CustomResourceDefinition"));
});

test("what cannot be installed ends in one sentence", async () => {
  const nowhere = await plexaubnet(["install", "--kubeconfig", join(folder.path, "nowhere")]);
  expect(nowhere).toMatchObject({ code: 1, stdout: "" });
  expect(nowhere.stderr).toMatch(/^plexaubnet: .*nowhere.*\.\n$/);
  const badName = await plexaubnet(["install", "--dry-run", "--namespace", "No"]);
  expect(badName).toMatchObject({ code: 2, stdout: "" });
  const config = parse(world.server.kubeconfig());
  config.users[0].user = { token: "wrong" };
  const stranger = writeKubeconfig(folder.path, stringify(config), "stranger");
  const refused = await plexaubnet(["install", "--kubeconfig", stranger]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^plexaubnet: .*refused.*\.\n$/);
});
