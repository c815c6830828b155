import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GROUP } from "../../src/api/index.ts";
import {
  type AnyObject,
  clusterConfigFor,
  createClient,
  type KubeClient,
  loadKubeconfig,
} from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { CLUSTER_ROLES, ROLE_BINDINGS, SERVICE_ACCOUNTS } from "../../src/kube/index.ts";
import { axeViolations, launchChromium, linkIn, runConsole, screenshot, view } from "./console-browser.ts";
import { type Running, type Scratch, scratch, up } from "./up-process.ts";

const NAMESPACE = "fleet";
const RBAC = "rbac.authorization.k8s.io";

let folder: Scratch;
let running: Running;
let browser: Browser;
let client: KubeClient;

beforeAll(async () => {
  folder = scratch();
  [running, browser] = await Promise.all([up(folder.path, "--authorization", "rbac"), launchChromium()]);
  client = createClient(clusterConfigFor(loadKubeconfig({ file: join(folder.path, "kubeconfig") })), {
    kernel: systemKernel,
  });
});
afterAll(async () => {
  await browser?.close();
  await client?.close();
  await running?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** The kubeconfig of a service account with these rights in the namespace of the examples. */
async function kubeconfigOf(name: string, verbs: readonly string[]): Promise<string> {
  const metadata = { name, namespace: NAMESPACE };
  const base = (apiVersion: string, kind: string, more: object) =>
    ({ apiVersion, kind, metadata, ...more }) as AnyObject;
  await client.create(SERVICE_ACCOUNTS, base("v1", "ServiceAccount", {}));
  if (verbs.length > 0) {
    const rules = [{ apiGroups: [GROUP], resources: ["*"], verbs }];
    await client.create(CLUSTER_ROLES, {
      ...base(`${RBAC}/v1`, "ClusterRole", { rules }),
      metadata: { name },
    });
    const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name };
    const subjects = [{ kind: "ServiceAccount", ...metadata }];
    await client.create(ROLE_BINDINGS, base(`${RBAC}/v1`, "RoleBinding", { roleRef, subjects }));
  }
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${name}/token`;
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { status } = (await client.raw("POST", path, request)) as {
    readonly status: { readonly token: string };
  };
  const config = clusterConfigFor(loadKubeconfig({ file: join(folder.path, "kubeconfig") }));
  return kubeconfig(name, config.server, { token: status.token }, String(config.ca));
}

function kubeconfig(name: string, server: string, user: object, ca?: string): string {
  const file = join(folder.path, `${name}.json`);
  const authority =
    ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") };
  const content = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, ...authority } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: NAMESPACE } }],
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

test("CN-08 the command shows any cluster with the rights of its caller: one who may only read cannot claim", async () => {
  const file = await kubeconfigOf("reader", ["get", "list", "watch"]);
  await using served = await runConsole(["--kubeconfig", file], folder.path);
  expect(served.screen()).toContain("You may not list all namespaces: this shows namespace fleet");
  await using viewing = await view(browser, served.link);
  const { page, wrongs } = viewing;
  const { origin } = new URL(served.link);
  await page.goto(`${origin}/map/fleet/corp?at=10.128.0.0/10&claim=1`);
  await page
    .getByText(/would get/)
    .first()
    .waitFor();
  await page.locator("aside.panel form").getByLabel("Cluster").fill("mine");
  await page.getByText(/Cluster mine would get/).waitFor();
  expect(await page.getByRole("button", { name: /^Create/ }).count()).toBe(0);
  await screenshot(page, "read-only");
  expect(await axeViolations(page)).toEqual([]);
  expect(wrongs).toEqual({ scripts: [], foreign: [] });
});

test("CN-10 a kubeconfig without rights is a sentence on the page, with the cure", async () => {
  const file = await kubeconfigOf("nobody", []);
  await using served = await runConsole(["--kubeconfig", file], folder.path);
  await using viewing = await view(browser, served.link);
  const { page } = viewing;
  await page
    .getByText(/You may not list subnetpools/)
    .first()
    .waitFor();
  await screenshot(page, "no-rights");
  expect(await axeViolations(page)).toEqual([]);
});

test("CN-10 a cluster that cannot be reached is a sentence on the page, and is tried again", async () => {
  const file = kubeconfig("nowhere", "https://127.0.0.1:9", { token: "x" });
  await using served = await runConsole(["--kubeconfig", file], folder.path);
  await using viewing = await view(browser, served.link);
  const { page } = viewing;
  await page
    .getByText(/https:\/\/127\.0\.0\.1:9 cannot be reached/)
    .first()
    .waitFor();
  await screenshot(page, "unreachable");
  expect(await axeViolations(page)).toEqual([]);
});

test("CN-08 a link that was used is followed by another one", async () => {
  await using served = await runConsole(["--kubeconfig", join(folder.path, "kubeconfig")], folder.path);
  await using first = await view(browser, served.link);
  await first.page.locator("main").first().waitFor();
  await expect.poll(() => linkIn(served.screen())).not.toBe(served.link);
  await using second = await view(browser, linkIn(served.screen()));
  await second.page.locator("main a[href^='/map/']").first().waitFor();
});

test("CN-07 a page outlives its server: it reports that it is not connected, and catches up", async () => {
  using own = scratch();
  const first = await up(own.path, "--console-port", "0");
  const link = linkIn(first.screen);
  const ports = [
    "--port",
    new URL(/https:\/\/[^ ]+/.exec(first.screen)?.[0] ?? "").port,
    "--console-port",
    new URL(link).port,
  ];
  await using viewing = await view(browser, link);
  const { page } = viewing;
  await page.goto(`${new URL(link).origin}/pools`);
  const row = page.locator("section.table-scroll [role=row]");
  await row.nth(3).waitFor();
  await page.evaluate("window.isSame = true");
  await first[Symbol.asyncDispose]();
  await page.locator(".connection-note.is-shown").waitFor();
  await screenshot(page, "disconnected");
  expect(await axeViolations(page)).toEqual([]);
  expect(await row.count(), "what was known stays").toBeGreaterThan(3);
  await using _second = await up(own.path, ...ports);
  await page.locator(".connection-note.is-shown").waitFor({ state: "hidden" });
  expect(await page.evaluate("window.isSame"), "the session is still good, and the page is the same").toBe(
    true,
  );
});
