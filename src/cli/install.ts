/**
 * `plexaubnet install`: what a cluster needs to run the operator, applied or printed. What it does is in
 * `install/apply-manifests.ts`, which is loaded only when it is to be done.
 */
import { Command } from "commander";
import { parseCount, parseNamespace, parseNamespaces } from "./flags/flag-values.ts";
import type { InstallOptions } from "./install/apply-manifests.ts";
import { INSTALLED } from "./install/names.ts";

export function installCommand(version: string): Command {
  return new Command("install")
    .description("install kinds, rights, operator and admission in a cluster, or bring them up to date")
    .option("--dry-run", "print the manifests, for `kubectl apply -f -`, and change nothing", false)
    .option("--crds-only", "only the kinds, for an operator that runs elsewhere", false)
    .option("--namespace <name>", "where the operator runs", parseNamespace, INSTALLED.namespace)
    .option("--image <image>", "the container image of the operator", `plexaubnet:${version}`)
    .option("--replicas <number>", "how many operators; one of them works", parseCount, 2)
    .option(
      "--namespaces <names>",
      "let it serve these namespaces alone, with commas between",
      parseNamespaces,
    )
    .option(
      "--webhook-certificate-secret <name>",
      "the Secret with tls.crt, tls.key and ca.crt of the webhook; else the operator makes a certificate",
      parseNamespace,
    )
    .option(
      "--webhook-ca <file>",
      "with it: the authority that the API server is to trust, in PEM form; else others tell it",
    )
    .option("--kubeconfig <file>", "which kubeconfig; else KUBECONFIG or ~/.kube/config")
    .option("--context <name>", "which context of the kubeconfig; else its current one")
    .action(async (options: InstallOptions) => {
      const { install } = await import("./install/apply-manifests.ts");
      await install(options);
    });
}
