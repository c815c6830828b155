import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, findClusterConfig, inClusterConfig, isInCluster } from "./index.ts";
import { useScratchDirectory } from "./testing/scratch-directory.ts";

const scratch = useScratchDirectory();
const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "6443" };

test("a pod finds its API server, token, CA and namespace", () => {
  scratch.write("token", "t");
  scratch.write("namespace", "team\n");
  const directory = scratch.path;
  expect(isInCluster({ env, directory })).toBe(true);
  expect(inClusterConfig({ env, directory })).toMatchObject({
    server: "https://10.0.0.1:6443",
    ca: { file: join(directory, "ca.crt") },
    auth: { tokenFile: join(directory, "token") },
    namespace: "team",
  });
});

test("an IPv6 service address gets its brackets", () => {
  scratch.write("token", "t");
  const ipv6 = { KUBERNETES_SERVICE_HOST: "fd00::1" };
  expect(inClusterConfig({ env: ipv6, directory: scratch.path }).server).toBe("https://[fd00::1]:443");
});

test("outside a cluster, and in a pod without a service account, it reports what is missing", () => {
  expect(() => inClusterConfig({ env: {}, directory: scratch.path })).toThrow(
    /KUBERNETES_SERVICE_HOST is not set/,
  );
  const missing = new ConfigError(`this pod has no service account: ${scratch.path}/token does not exist`);
  expect(() => inClusterConfig({ env, directory: scratch.path })).toThrow(missing);
  expect(isInCluster({ env, directory: scratch.path })).toBe(false);
});

test("KUBECONFIG goes before everything that was not named", () => {
  const kubeconfig = `{contexts: [{name: x, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "https://c"}}]}`;
  const KUBECONFIG = scratch.write("config", kubeconfig);
  expect(findClusterConfig({ env: { ...env, KUBECONFIG }, context: "x" }).server).toBe("https://c");
  expect(() => findClusterConfig({ env: { KUBECONFIG } })).toThrow(/current-context/);
});
