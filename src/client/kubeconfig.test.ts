import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { ConfigError, clusterConfigFor, loadKubeconfig } from "./index.ts";
import { useScratchDirectory } from "./testing/scratch-directory.ts";

const scratch = useScratchDirectory();
const PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A kubeconfig with one context `dev`; parts are merged in. */
function write(name: string, { cluster = {}, user = {}, context = {}, more = {} } = {}): string {
  return scratch.write(
    name,
    stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "dev",
      clusters: [{ name: "dev-cluster", cluster: { server: "https://dev:6443", ...cluster } }],
      users: [{ name: "dev-user", user }],
      contexts: [{ name: "dev", context: { cluster: "dev-cluster", user: "dev-user", ...context } }],
      ...more,
    }),
  );
}

function complaint(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("it should have failed");
}

describe("what is read", () => {
  test("server, data of certificates, token and namespace", () => {
    const file = write("config", {
      cluster: { "certificate-authority-data": base64(PEM), "tls-server-name": "kubernetes" },
      user: { token: "t", "client-certificate-data": base64(PEM), "client-key-data": base64(PEM) },
      context: { namespace: "team" },
    });
    expect(clusterConfigFor(loadKubeconfig({ file }))).toEqual({
      server: "https://dev:6443",
      ca: PEM,
      tlsServerName: "kubernetes",
      auth: { token: "t", clientCertificate: PEM, clientKey: PEM },
      namespace: "team",
      origin: { cluster: `clusters[dev-cluster] in ${file}`, user: `users[dev-user] in ${file}` },
    });
  });

  test("file names count from the directory of the file that names them", () => {
    const file = write("deep/er/config", {
      cluster: { "certificate-authority": "../pki/ca.crt" },
      user: { tokenFile: "token", "client-certificate": "/abs/me.crt", "client-key": "me.key" },
    });
    expect(clusterConfigFor(loadKubeconfig({ file }))).toMatchObject({
      ca: { file: join(scratch.path, "deep/pki/ca.crt") },
      auth: {
        tokenFile: join(scratch.path, "deep/er/token"),
        clientCertificate: { file: "/abs/me.crt" },
        clientKey: { file: join(scratch.path, "deep/er/me.key") },
      },
    });
  });

  test("exec plugins, with a path that counts from the file and a bare name that does not", () => {
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "./bin/login",
      args: ["--a", 1],
      env: [{ name: "REGION", value: "x" }],
      provideClusterInfo: true,
      installHint: "Get it.",
    };
    const file = write("config", { user: { exec } });
    expect(clusterConfigFor(loadKubeconfig({ file })).auth?.exec).toEqual({
      apiVersion: "client.authentication.k8s.io/v1",
      command: join(scratch.path, "bin/login"),
      args: ["--a", "1"],
      env: { REGION: "x" },
      provideClusterInfo: true,
      installHint: "Get it.",
    });
    const bare = write("bare", { user: { exec: { command: "aws" } } });
    expect(clusterConfigFor(loadKubeconfig({ file: bare })).auth?.exec?.command).toBe("aws");
  });

  test("impersonation", () => {
    const user = { as: "jane", "as-groups": ["a"], "as-uid": "7", "as-user-extra": { k: ["v"] } };
    const file = write("config", { user });
    expect(clusterConfigFor(loadKubeconfig({ file })).auth).toEqual({
      impersonate: { user: "jane", groups: ["a"], uid: "7", extra: { k: ["v"] } },
    });
  });

  test("JSON, as it is YAML too", () => {
    const config = {
      contexts: [{ name: "x", context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server: "https://c" } }],
    };
    const file = scratch.write("config", JSON.stringify(config));
    expect(clusterConfigFor(loadKubeconfig({ file }), "x")).toMatchObject({ server: "https://c" });
  });
});

describe("KUBECONFIG", () => {
  test("lists files that are merged: the first to name a thing wins", () => {
    const first = write("first", { cluster: { server: "https://first" }, more: { "current-context": "" } });
    const second = write("second", {
      cluster: { server: "https://second" },
      more: {
        "current-context": "other",
        contexts: [{ name: "other", context: { cluster: "dev-cluster", user: "dev-user" } }],
      },
    });
    const env = { KUBECONFIG: `${first}::${join(scratch.path, "missing")}:${second}` };
    const merged = loadKubeconfig({ env });
    expect(merged.files).toEqual([first, second]);
    expect(merged.currentContext).toBe("other");
    expect(clusterConfigFor(merged).server).toBe("https://first");
    expect([...merged.contexts.keys()]).toEqual(["dev", "other"]);
  });

  test("unset means ~/.kube/config", () => {
    const file = write(".kube/config");
    expect(loadKubeconfig({ env: { HOME: scratch.path } }).files).toEqual([file]);
  });
});

describe("bad input gets one sentence with file and field", () => {
  test("no kubeconfig", () => {
    const env = { HOME: scratch.path };
    expect(complaint(() => loadKubeconfig({ env }))).toBe(
      `there is no kubeconfig: looked for ${scratch.path}/.kube/config, and no such file exists`,
    );
    expect(complaint(() => loadKubeconfig({ env: { KUBECONFIG: "/none/x" } }))).toBe(
      "there is no kubeconfig: KUBECONFIG names /none/x, and no such file exists",
    );
    expect(complaint(() => loadKubeconfig({ file: "/none/x" }))).toContain("cannot read /none/x (ENOENT)");
  });

  test("an unknown context, with those there are", () => {
    const file = write("config");
    expect(complaint(() => clusterConfigFor(loadKubeconfig({ file }), "prod"))).toBe(
      `there is no context "prod" in ${file}; it has dev`,
    );
  });

  test("no current-context", () => {
    const file = write("config", { more: { "current-context": "" } });
    expect(complaint(() => clusterConfigFor(loadKubeconfig({ file })))).toBe(
      `${file} has no current-context: set it, or name one of dev`,
    );
  });

  test("a context that points nowhere", () => {
    const cluster = write("a", { context: { cluster: "gone" } });
    expect(complaint(() => clusterConfigFor(loadKubeconfig({ file: cluster })))).toBe(
      `contexts[dev] in ${cluster} names the cluster "gone", which does not exist`,
    );
    const user = write("b", { context: { user: "gone" } });
    expect(complaint(() => clusterConfigFor(loadKubeconfig({ file: user })))).toBe(
      `contexts[dev] in ${user} names the user "gone", which does not exist`,
    );
  });

  test.each([
    ["no server", { cluster: { server: "" } }, "clusters[dev-cluster] in FILE has no server"],
    [
      "a server that is no text",
      { cluster: { server: 1 } },
      "server of clusters[dev-cluster] in FILE is not a string",
    ],
    [
      "certificate data that is no PEM",
      { cluster: { "certificate-authority-data": base64("hello") } },
      "certificate-authority-data of clusters[dev-cluster] in FILE is not base64 of a PEM text",
    ],
    [
      "a proxy",
      { cluster: { "proxy-url": "http://p" } },
      "clusters[dev-cluster] in FILE has a proxy-url, which is not supported",
    ],
    [
      "an auth-provider",
      { user: { "auth-provider": { name: "gcp" } } },
      "users[dev-user] in FILE has an auth-provider, which Kubernetes removed in 1.26: use exec instead",
    ],
    [
      "a plugin that wants a terminal",
      { user: { exec: { command: "x", interactiveMode: "Always" } } },
      "exec of users[dev-user] in FILE has interactiveMode Always, but there is no terminal to prompt on: set IfAvailable or Never",
    ],
    ["entries that are no list", { more: { users: {} } }, "users in FILE is not a list"],
  ])("%s", (_, parts, sentence) => {
    const file = write("config", parts);
    expect(complaint(() => clusterConfigFor(loadKubeconfig({ file })))).toBe(sentence.replace("FILE", file));
  });

  test("a file that is not YAML, or not a mapping", () => {
    const yaml = scratch.write("yaml", "a: [1");
    expect(complaint(() => loadKubeconfig({ file: yaml }))).toMatch(`${yaml} is not YAML: `);
    const list = scratch.write("list", "- 1");
    expect(complaint(() => loadKubeconfig({ file: list }))).toBe(
      `${list} is not a kubeconfig: it does not contain a mapping`,
    );
  });
});
