/** How `@kubernetes/client-node` is set up wherever it is measured. */
import { KubeConfig } from "@kubernetes/client-node";

export function clientNodeConfig(server: string, ca: string): KubeConfig {
  const config = new KubeConfig();
  const caData = Buffer.from(ca).toString("base64");
  config.loadFromOptions({
    clusters: [{ name: "c", server, caData, skipTLSVerify: false }],
    users: [{ name: "u", token: "t" }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  return config;
}
