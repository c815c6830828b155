import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ManualClock, systemKernel } from "../../../kernel/index.ts";
import { type ServerFixture, serverFixture } from "../../testing/server-fixture.ts";
import { issueServerCertificate } from "./identity.ts";
import { createIdentity, loadOrCreateIdentity } from "./index.ts";

const DAY_MS = 86_400_000;

describe("an identity in a directory", () => {
  const directory = join(mkdtempSync(join(tmpdir(), "plexaubnet-identity-")), "pki");
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("is made once, kept to its owner, and found again", async () => {
    const made = await loadOrCreateIdentity(directory, systemKernel);
    expect(await loadOrCreateIdentity(directory, systemKernel)).toEqual(made);
    const mode = (file: string) => statSync(join(directory, file)).mode & 0o777;
    expect([mode("ca.key"), mode("token"), mode("server.key")]).toEqual([0o600, 0o600, 0o600]);
    expect(readFileSync(join(directory, "token"), "utf8")).toBe(made.token);
  });

  test("gets a new serving certificate near its end, or for another host; CA and token stay", async () => {
    const before = await loadOrCreateIdentity(directory, systemKernel);
    const named = await loadOrCreateIdentity(directory, systemKernel, ["api.example.com"]);
    expect(new X509Certificate(named.serverCertificate).subjectAltName).toContain("DNS:api.example.com");
    const clock = new ManualClock(Date.now() + 300 * DAY_MS);
    const renewed = await loadOrCreateIdentity(directory, { ...systemKernel, clock });
    expect(renewed.serverCertificate).not.toBe(named.serverCertificate);
    expect([renewed.token, renewed.caCertificate]).toEqual([before.token, before.caCertificate]);
    const ca = new X509Certificate(renewed.caCertificate);
    expect(new X509Certificate(renewed.serverCertificate).verify(ca.publicKey)).toBe(true);
  });

  test("whose writing was cut short is finished, or begun again, but never half of it", async () => {
    const killed = mkdtempSync(join(tmpdir(), "plexaubnet-identity-"));
    const made = await loadOrCreateIdentity(killed, systemKernel);
    // Killed while the files took their places: certificate and key of a renewal belong together.
    const { serverCertificate, serverKey } = await issueServerCertificate(systemKernel, made, []);
    writeFileSync(join(killed, "server.crt"), serverCertificate);
    writeFileSync(join(killed, "server.key.new"), serverKey);
    writeFileSync(join(killed, "identity.commit"), "");
    expect(await loadOrCreateIdentity(killed, systemKernel)).toEqual({
      ...made,
      serverCertificate,
      serverKey,
    });
    // Killed while the files were being written.
    writeFileSync(join(killed, "server.crt.new"), "half a certif");
    expect(await loadOrCreateIdentity(killed, systemKernel)).toMatchObject({ serverCertificate, serverKey });
    expect(readdirSync(killed).filter((file) => file.endsWith(".new"))).toEqual([]);
    rmSync(killed, { recursive: true });
  });

  test.each([
    ["empty", "", "has 0 characters"],
    ["a line end", "\n", "has 0 characters"],
    ["short", "a".repeat(31), "has 31 characters"],
    ["two words", `${"a".repeat(20)} ${"b".repeat(20)}`, "has characters that no bearer token has"],
    ["zeros, as a crash may leave them", "\0".repeat(43), "has characters that no bearer token has"],
  ])("whose token is none (%s) is refused, and the token not shown", async (_, token, fault) => {
    const folder = mkdtempSync(join(tmpdir(), "plexaubnet-identity-"));
    await loadOrCreateIdentity(folder, systemKernel);
    writeFileSync(join(folder, "token"), token);
    const refused = await loadOrCreateIdentity(folder, systemKernel).catch((error: Error) => error.message);
    expect(refused).toContain(`${join(folder, "token")} ${fault}`);
    if (token.length > 5) expect(refused).not.toContain(token.trim());
    rmSync(folder, { recursive: true });
  });

  test("that was made while the clock was ahead is good again when the clock is right", async () => {
    const folder = mkdtempSync(join(tmpdir(), "plexaubnet-identity-"));
    const ahead = { ...systemKernel, clock: new ManualClock(Date.now() + 5 * 365 * DAY_MS) };
    const made = await loadOrCreateIdentity(folder, ahead);
    const used = await loadOrCreateIdentity(folder, systemKernel);
    expect(await loadOrCreateIdentity(folder, systemKernel)).toEqual(used);
    expect([used.token, used.caKey, used.serviceAccountKey]).toEqual([
      made.token,
      made.caKey,
      made.serviceAccountKey,
    ]);
    const ca = new X509Certificate(used.caCertificate);
    const server = new X509Certificate(used.serverCertificate);
    expect(ca.verify(ca.publicKey) && server.verify(ca.publicKey) && server.checkIssued(ca)).toBe(true);
    for (const certificate of [ca, server])
      expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now());
    // What the CA issued before is still its own.
    expect(new X509Certificate(made.serverCertificate).verify(ca.publicKey)).toBe(true);
    rmSync(folder, { recursive: true });
  });

  test("whose serving certificate has another's key, or another CA, gets a new one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "plexaubnet-identity-"));
    const made = await loadOrCreateIdentity(folder, systemKernel);
    const other = await createIdentity(systemKernel, []);
    for (const [file, text] of [
      ["server.key", other.serverKey],
      ["server.crt", other.serverCertificate],
    ] as const) {
      writeFileSync(join(folder, file), text);
      const used = await loadOrCreateIdentity(folder, systemKernel);
      expect(used.caCertificate).toBe(made.caCertificate);
      const server = new X509Certificate(used.serverCertificate);
      expect(server.verify(new X509Certificate(made.caCertificate).publicKey)).toBe(true);
      expect(server.checkPrivateKey(createPrivateKey(used.serverKey))).toBe(true);
    }
    writeFileSync(join(folder, "ca.key"), other.caKey);
    await expect(loadOrCreateIdentity(folder, systemKernel)).rejects.toThrow("ca.key in");
    writeFileSync(join(folder, "ca.key"), made.caKey);
    writeFileSync(join(folder, "sa.key"), "");
    await expect(loadOrCreateIdentity(folder, systemKernel)).rejects.toThrow("sa.key in");
    rmSync(folder, { recursive: true });
  });

  test("of which a part is missing is not made again in silence", async () => {
    chmodSync(join(directory, "token"), 0o600);
    rmSync(join(directory, "token"));
    await expect(loadOrCreateIdentity(directory, systemKernel)).rejects.toThrow(`${directory} lacks token`);
  });
});

describe("PS-13 RBAC", () => {
  let f: ServerFixture;
  let alice: { certificate: string; key: string };
  const RBAC = "/apis/rbac.authorization.k8s.io/v1";
  const maps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
  const post = (path: string, body: object) => f.request(path, { method: "POST", body });
  const asAlice = (path: string, parts: object = {}) => f.request(path, { ...parts, user: alice });

  beforeAll(async () => {
    f = await serverFixture({ authorization: "RBAC" });
    alice = await f.certificate("alice", ["staff"]);
    const role = {
      metadata: { name: "reader" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }],
    };
    await post(`${RBAC}/namespaces/default/roles`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      ...role,
    });
    await post(`${RBAC}/namespaces/default/rolebindings`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "staff-reads" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "Group", name: "staff" }],
    });
  });
  afterAll(() => f.stop());

  test("grants what is bound, in its namespace, and no more", async () => {
    expect((await asAlice(maps("default"))).code).toBe(200);
    const refused = await asAlice(maps("kube-system"));
    expect(refused.json).toMatchObject({ code: 403, reason: "Forbidden", details: { kind: "configmaps" } });
    expect(refused.json.message).toBe(
      'configmaps is forbidden: User "alice" cannot list resource "configmaps" in API group "" in the namespace "kube-system"',
    );
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
    expect((await asAlice(maps("default"), { method: "POST", body })).code).toBe(403);
    expect((await asAlice(`${maps("default")}?watch=true`)).code).toBe(403);
    expect((await asAlice("/api/v1/nodes")).json.message).toContain("at the cluster scope");
  });

  test("lets every user discover the API, and the administrator do everything", async () => {
    expect((await asAlice("/apis")).code).toBe(200);
    expect((await asAlice("/metrics")).code).toBe(403);
    expect((await f.request("/api/v1/secrets")).code).toBe(200);
    expect((await f.request(`${RBAC}/clusterroles/view`)).code).toBe(200);
  });

  test("lets the administrator act as another user, and others not", async () => {
    const as = (name: string, parts: object = {}) =>
      f.request(maps("kube-system"), {
        headers: { "impersonate-user": name, "impersonate-group": "staff" },
        ...parts,
      });
    expect((await as("alice")).json.message).toContain('User "alice" cannot list');
    expect((await as("bob", { user: alice })).json.message).toContain(
      'User "alice" cannot impersonate resource "users"',
    );
  });

  test("lets no user grant what they do not have", async () => {
    const version = "rbac.authorization.k8s.io/v1";
    const roles = `${RBAC}/namespaces/default/roles`;
    const bindings = `${RBAC}/namespaces/default/rolebindings`;
    const role = (name: string, rules: object[]) => ({
      apiVersion: version,
      kind: "Role",
      metadata: { name },
      rules,
    });
    const binding = (name: string, kind: string, to: string) => ({
      apiVersion: version,
      kind: "RoleBinding",
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: to },
      subjects: [{ kind: "User", name: "alice" }],
    });
    const manage = {
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["roles", "rolebindings"],
      verbs: ["create"],
    };
    await post(roles, role("manager", [manage]));
    await post(bindings, binding("alice-manages", "Role", "manager"));
    const attempt = (path: string, body: object) => asAlice(path, { method: "POST", body });
    const read = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] };
    expect((await attempt(roles, role("less", [read]))).code).toBe(201);
    const more = await attempt(roles, role("more", [{ ...read, verbs: ["get", "delete"] }]));
    expect([more.code, more.json.message]).toEqual([403, expect.stringContaining("not currently held")]);
    expect((await attempt(bindings, binding("b1", "Role", "less"))).code).toBe(201);
    expect((await attempt(bindings, binding("b2", "ClusterRole", "cluster-admin"))).code).toBe(403);
  });

  test("answers access reviews", async () => {
    const resourceAttributes = { verb: "list", resource: "configmaps", namespace: "default" };
    const review = (kind: string, spec: object) => ({ apiVersion: "authorization.k8s.io/v1", kind, spec });
    const own = await asAlice("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      method: "POST",
      body: review("SelfSubjectAccessReview", { resourceAttributes }),
    });
    expect([own.code, own.json.status]).toEqual([201, { allowed: true }]);
    const spec = { user: "bob", resourceAttributes };
    const other = await post(
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      review("SubjectAccessReview", spec),
    );
    expect(other.json.status).toEqual({ allowed: false });
  });

  test("knows service accounts by their tokens, until they go", async () => {
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    await post(accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot" } });
    const issued = await post(`${accounts}/robot/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 600 },
    });
    const { token } = issued.json.status as { token: string };
    const whoami = () =>
      post("/apis/authentication.k8s.io/v1/tokenreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token },
      });
    expect((await whoami()).json.status).toMatchObject({
      authenticated: true,
      user: { username: "system:serviceaccount:default:robot" },
    });
    expect((await f.request(maps("default"), { token })).code).toBe(403);
    expect((await f.request(maps("default"), { token: `${token}x` })).code).toBe(401);
    await f.request(`${accounts}/robot`, { method: "DELETE" });
    expect((await whoami()).json.status).toEqual({ user: {}, error: expect.stringContaining("was deleted") });
    expect((await f.request(maps("default"), { token })).code).toBe(401);
  });
});
