/**
 * The flags of `plexaubnet run` and their environment variables, and what they refuse: in one sentence that
 * names the thing and the cure.
 */
import { createServer } from "node:net";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { SUBNET_CLAIMS } from "../../src/api/index.ts";
import { createMemoryStore } from "../../src/apiserver/index.ts";
import { FleetWorld } from "../integration/fleet-world.ts";
import { RunProcess, writeKubeconfig } from "./run-process.ts";
import { type Scratch, scratch } from "./up-process.ts";

let folder: Scratch;
let world: FleetWorld;
let kubeconfig: string;
beforeAll(async () => {
  folder = scratch();
  world = await FleetWorld.start();
  kubeconfig = writeKubeconfig(folder.path, world.server.kubeconfig());
});
afterAll(async () => {
  await world.stop();
  folder[Symbol.dispose]();
});

async function refusal(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using run = new RunProcess(args, env);
  const code = await run.ended;
  expect(run.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(run.stderr).toMatch(/^plexaubnet: .+\.\n$/);
  expect(run.lines).toEqual([]);
  return { code, message: run.stderr };
}

test("PS-11 flags come from the environment too, and a flag beats its variable", async () => {
  await using run = new RunProcess(["--max-concurrent-reconciles=3", "--log-level=info"], {
    PLEXAUBNET_KUBECONFIG: kubeconfig,
    PLEXAUBNET_METRICS_BIND_ADDRESS: "127.0.0.1:0",
    PLEXAUBNET_LOG_LEVEL: "fatal",
    PLEXAUBNET_LEADER_ELECT: "false",
    MAX_CONCURRENT_RECONCILES: "7",
  });
  const { endpoints } = await run.said("The operator is running");
  const headers = { authorization: `Bearer ${world.server.identity.token}` };
  const { body } = await request(`${endpoints}/metrics`, { headers });
  const text = await body.text();
  expect(text).toContain('controller_runtime_max_concurrent_reconciles{controller="PoolStatus"} 3');
  expect(text).toMatch(/rest_client_requests_total\{code="200",method="GET"\} \d/);
  expect((await request(`${endpoints}/readyz`)).statusCode).toBe(200);
});

test("a warm-up comes before readiness, and touches no cluster", async () => {
  await using run = new RunProcess([
    `--kubeconfig=${kubeconfig}`,
    "--warm-up=true",
    "--metrics-bind-address=0",
  ]);
  await run.said("The operator is running");
  const messages = run.lines.map(({ msg }) => msg);
  expect(messages.indexOf("The operator has warmed up")).toBe(0);
  expect((await world.client.list(SUBNET_CLAIMS)).items).toEqual([]);
});

test("only the namespaces that are named are served", async () => {
  await using run = new RunProcess([
    `--kubeconfig=${kubeconfig}`,
    "--namespaces=elsewhere,fleet",
    "--metrics-bind-address=0",
  ]);
  await run.said("The operator is running");
  await world.pool("named", "10.9.0.0/16");
  await world.claim("named", "named");
  await world.bound("named");
});

test("0 is nowhere, for metrics and for the webhook, and no namespaces are all of them", async () => {
  await using run = new RunProcess([
    `--kubeconfig=${kubeconfig}`,
    "--leader-election-namespace=fleet",
    "--metrics-bind-address=0",
    "--webhook-bind-address=0",
    "--namespaces=",
  ]);
  const line = await run.said("The operator is running");
  expect([line.endpoints, line.webhook]).toEqual([undefined, undefined]);
  await world.pool("everywhere", "10.10.0.0/16");
  await world.claim("everywhere", "everywhere");
  await world.bound("everywhere");
});

test("a start that fails ends the process, though probes were answered already", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  const end = await refusal([
    `--kubeconfig=${kubeconfig}`,
    "--leader-election-namespace=fleet",
    "--metrics-bind-address=127.0.0.1:0",
    `--webhook-bind-address=127.0.0.1:${port}`,
  ]);
  holder.close();
  expect(end).toMatchObject({ code: 1, message: expect.stringContaining("--webhook-bind-address") });
});

test("rights that are missing are named, with the cure", async () => {
  const walled = await FleetWorld.start(createMemoryStore(), { authorization: "RBAC" });
  using other = scratch();
  const accounts = "/api/v1/namespaces/fleet/serviceaccounts";
  await walled.client.raw("POST", accounts, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "nobody", namespace: "fleet" },
  });
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const { status } = (await walled.client.raw("POST", `${accounts}/nobody/token`, body)) as {
    readonly status: { readonly token: string };
  };
  const config = parse(walled.server.kubeconfig());
  config.users[0].user = { token: status.token };
  const file = writeKubeconfig(other.path, stringify(config));
  const end = await refusal([
    `--kubeconfig=${file}`,
    "--leader-election-namespace=fleet",
    "--metrics-bind-address=0",
    "--webhook-bind-address=127.0.0.1:0",
  ]);
  await walled.stop();
  expect(end.code).toBe(1);
  expect(end.message).toContain('secrets "plexaubnet-webhook-certificate" is forbidden');
  expect(end.message).toContain("plexaubnet install");
});

test("a certificate of the webhook that is not there", async () => {
  const missing = join(folder.path, "tls.crt");
  const end = await refusal(
    [`--kubeconfig=${kubeconfig}`, "--metrics-bind-address=0", "--webhook-bind-address=127.0.0.1:0"],
    { PLEXAUBNET_WEBHOOK_CERT: missing, PLEXAUBNET_WEBHOOK_KEY: missing, PLEXAUBNET_WEBHOOK_CA: missing },
  );
  expect(end).toMatchObject({ code: 1, message: expect.stringContaining(`cannot read ${missing} (ENOENT)`) });
});

test("a kubeconfig or a context that does not exist", async () => {
  const missing = join(folder.path, "nowhere");
  const noFile = await refusal([`--kubeconfig=${missing}`]);
  expect(noFile).toMatchObject({ code: 1, message: expect.stringContaining(missing) });
  const noContext = await refusal([`--kubeconfig=${kubeconfig}`, "--context=nowhere"]);
  expect(noContext).toMatchObject({ code: 1, message: expect.stringContaining('"nowhere"') });
  expect(noContext.message).toContain("plexaubnet");
});

test("a server that is not there", async () => {
  const file = writeKubeconfig(
    folder.path,
    world.server.kubeconfig().replaceAll(String(world.server.port), "1"),
    "nobody",
  );
  const end = await refusal([`--kubeconfig=${file}`]);
  expect(end).toMatchObject({ code: 1, message: expect.stringContaining("https://127.0.0.1:1 ") });
});

test("a server without our kinds names what to do first", async () => {
  const bare = await FleetWorld.start();
  using other = scratch();
  for (const plural of ["subnetpools", "subnetclaims", "subnets", "subnetpoolclaims"]) {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    await bare.client.raw("DELETE", `${path}/${plural}.plexaubnet.io`);
  }
  const file = writeKubeconfig(other.path, bare.server.kubeconfig());
  const end = await refusal([`--kubeconfig=${file}`]);
  await bare.stop();
  expect(end).toMatchObject({ code: 1, message: expect.stringContaining("plexaubnet install") });
});

test("an address that is taken", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  const end = await refusal([`--kubeconfig=${kubeconfig}`, `--metrics-bind-address=127.0.0.1:${port}`]);
  holder.close();
  expect(end).toMatchObject({ code: 1, message: expect.stringContaining("--metrics-bind-address") });
});

test.each([
  [["--max-concurrent-reconciles=0"], {}, "whole number of at least 1"],
  [[], { MAX_CONCURRENT_RECONCILES: "many" }, "MAX_CONCURRENT_RECONCILES"],
  [["--namespaces=Prod"], {}, '"Prod" is not a valid namespace name'],
  [["--metrics-bind-address=8080"], {}, "host:port"],
  [["--lease-duration=15"], {}, "15s"],
  [["--leader-elect=yes"], {}, "true or false"],
  [["--leader-elect", "--renew-deadline=20s"], {}, "--lease-duration must be longer than --renew-deadline"],
  [["--leader-elect", "--retry-period=10s"], {}, "--retry-period"],
  [["--backoff-base=1m"], {}, "--backoff-max"],
  [["--webhook-bind-address=:0", "--webhook-cert=a", "--webhook-key=b"], {}, "--webhook-ca is missing"],
  [["--log-level=loud"], {}, "info"],
  [["--lead"], {}, "unknown option"],
  [["now"], {}, "too many arguments"],
] as const)("%j %j is refused", async (args, env, part) => {
  const end = await refusal([`--kubeconfig=${kubeconfig}`, ...args], env);
  expect(end).toMatchObject({ code: 2, message: expect.stringContaining(part) });
});
