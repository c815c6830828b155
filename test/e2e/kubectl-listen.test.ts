/**
 * `plexaubnet up` beyond the loopback interface: who may do what, the audit log, and another token while it
 * runs.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plexaubnet, type Running, type Scratch, scratch, up } from "./up-process.ts";

let folder: Scratch;
let running: Running;
let audit: string;

beforeAll(async () => {
  folder = scratch();
  audit = join(folder.path, "audit.log");
  running = await up(folder.path, "--no-examples", "--listen", "0.0.0.0", "--audit-log", audit);
});

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const tokenOf = () => readFileSync(join(folder.path, "token"), "utf8").trim();

/** As a client that has the token, and with nothing of the administrator's kubeconfig. */
function withToken(token: string, ...args: string[]) {
  const server = /server: (\S+)/.exec(readFileSync(join(folder.path, "kubeconfig"), "utf8"))?.[1] ?? "";
  const authority = join(folder.path, "ca.crt");
  const connection = ["--kubeconfig", "/dev/null", "--server", server, "--certificate-authority", authority];
  return running.tryKubectl([...connection, "--token", token, ...args]);
}

test("PS-13 a service account may do what a role grants it", async () => {
  await running.kubectl("create", "serviceaccount", "robot");
  const token = (await running.kubectl("create", "token", "robot")).trim();
  expect((await withToken(token, "get", "configmaps")).stderr).toContain("(Forbidden)");
  await running.kubectl(
    "create",
    "rolebinding",
    "robot",
    "--clusterrole=view",
    "--serviceaccount=default:robot",
  );
  expect((await withToken(token, "get", "configmaps")).code).toBe(0);
  expect((await withToken(token, "get", "namespace", "default")).code).toBe(0);
  expect((await withToken(token, "get", "secrets")).stderr).toContain("(Forbidden)");
  const elsewhere = (await running.kubectl("create", "token", "robot", "--audience=vault")).trim();
  expect((await withToken(elsewhere, "get", "configmaps")).stderr).toContain("Unauthorized");
});

test("PS-13 kubectl --as asks for each part of whom it acts as", async () => {
  expect((await running.tryKubectl(["get", "configmaps", "--as", "jane"])).stderr).toContain(
    'User "jane" cannot list',
  );
  await running.kubectl("get", "configmaps", "--as", "jane", "--as-group", "system:masters");
});

test("PS-13 the audit log reports what was written and what was denied, and holds no token", async () => {
  const lines = () =>
    readFileSync(audit, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await running.kubectl("create", "configmap", "told", "--from-literal=password=hunter2");
  await running.tryKubectl(["delete", "configmap", "told", "--as", "jane"]);
  const told = (more: object) =>
    expect.objectContaining({ kind: "Event", apiVersion: "audit.k8s.io/v1", ...more });
  await expect.poll(lines).toEqual(
    expect.arrayContaining([
      told({
        verb: "create",
        objectRef: expect.objectContaining({ resource: "configmaps", name: "told" }),
      }),
      told({ verb: "delete", impersonatedUser: expect.objectContaining({ username: "jane" }) }),
    ]),
  );
  const text = readFileSync(audit, "utf8");
  for (const secret of ["hunter2", tokenOf(), "eyJ"]) expect(text).not.toContain(secret);
  expect(statSync(audit).mode & 0o777).toBe(0o600);
});

test("PS-13 the administrator's token is rotated while it is in use", async () => {
  const before = tokenOf();
  const end = await plexaubnet(["rotate-token", "--data-dir", folder.path]);
  expect(end).toMatchObject({ code: 0, stderr: "" });
  expect(end.stdout).toContain("accepts it and refuses the old one");
  for (const file of ["token", "kubeconfig"])
    expect(statSync(join(folder.path, file)).mode & 0o777).toBe(0o600);
  expect(tokenOf()).not.toBe(before);
  expect((await withToken(before, "get", "namespaces")).stderr).toContain("Unauthorized");
  expect((await withToken(tokenOf(), "get", "namespaces")).code).toBe(0);
  // The operator, which began with the old one, goes on.
  await running.apply(`apiVersion: plexaubnet.io/v1alpha1
kind: SubnetPool
metadata: { name: p, namespace: default }
spec: { cidr: 10.0.0.0/16 }
`);
  await running.kubectl("wait", "subnetpool/p", "--for=condition=Ready", "--timeout=60s");
});

test("PS-13 a short token does not listen beyond this machine", async () => {
  using other = scratch();
  const args = ["up", "--once", "--no-examples", "--port", "0", "--data-dir", other.path];
  expect((await plexaubnet(args)).code).toBe(0);
  writeFileSync(join(other.path, "token"), "k".repeat(40));
  const end = await plexaubnet([...args, "--listen", "0.0.0.0"]);
  expect(end.code).toBe(1);
  expect(end.stderr).toMatch(/plexaubnet: the token in .+ has 40 characters.+rotate-token.+\.\n$/);
  expect(await plexaubnet(["rotate-token", "--data-dir", other.path])).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(join(other.path, "token"), "utf8")).toHaveLength(43);
});

test.each([
  [["--listen", "nowhere at all"], 2, "--listen"],
  [["--listen", "127.1"], 2, "--listen"],
  [["--listen", "fe80::1%eth0"], 2, "--listen"],
  [["--listen", "192.0.2.1"], 1, "--listen ADDRESS"],
  [["--authorization", "none"], 2, "rbac or always-allow"],
  [["--audit-log", ""], 2, "--audit-log"],
  [["--audit-log", "/nowhere/at/all"], 1, "--audit-log"],
])("PS-13 %j is refused in a sentence", async (args, code, text) => {
  using other = scratch();
  const end = await plexaubnet([
    "up",
    "--once",
    "--no-examples",
    "--port",
    "0",
    "--data-dir",
    other.path,
    ...args,
  ]);
  expect(end.code).toBe(code);
  expect(end.stderr).toMatch(/plexaubnet: .+\.\n$/);
  expect(end.stderr).toContain(text);
});
