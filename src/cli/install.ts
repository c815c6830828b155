/**
 * `plexaubnet install`: applies or prints what a cluster needs to run the operator. The implementation is in
 * `install/apply-manifests.ts`, which is loaded only when the command runs.
 */
import { Command } from "commander";
import { parseCount, parseNamespace, parseNamespaces } from "./flags/flag-values.ts";
import type { InstallOptions } from "./install/apply-manifests.ts";
import { INSTALLED } from "./install/names.ts";

export function installCommand(version: string): Command {
  return new Command("install")
    .description("install or update the CRDs, permissions, operator and webhook in a cluster")
    .option("--dry-run", "print the manifests for `kubectl apply -f -` without applying them", false)
    .option("--crds-only", "install only the CRDs, for an operator that runs elsewhere", false)
    .option("--namespace <name>", "namespace of the operator", parseNamespace, INSTALLED.namespace)
    .option("--image <image>", "container image of the operator", `plexaubnet:${version}`)
    .option("--replicas <number>", "number of replicas, of which one is the leader", parseCount, 2)
    .option(
      "--namespaces <names>",
      "comma-separated list of namespaces that the operator watches. Defaults to all namespaces",
      parseNamespaces,
    )
    .option(
      "--webhook-certificate-secret <name>",
      "Secret with tls.crt, tls.key and ca.crt of the webhook. By default the operator creates a certificate",
      parseNamespace,
    )
    .option(
      "--webhook-ca <file>",
      "with --webhook-certificate-secret: PEM file with the certificate authority for the webhook configuration. By default another tool publishes it",
    )
    .option("--kubeconfig <file>", "path of the kubeconfig file. Defaults to KUBECONFIG or ~/.kube/config")
    .option("--context <name>", "context of the kubeconfig file. Defaults to its current context")
    .action(async (options: InstallOptions) => {
      const { install } = await import("./install/apply-manifests.ts");
      await install(options);
    });
}
