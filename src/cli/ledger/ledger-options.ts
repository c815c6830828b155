/** The options that all commands about a ledger have. */
import type { Command } from "commander";

/** With the options by which a ledger and a cluster are found. */
export function withLedgerOptions(command: Command): Command {
  return command
    .option(
      "--kubeconfig <file>",
      "which kubeconfig; else KUBECONFIG, the pod's service account, ~/.kube/config, .plexaubnet/kubeconfig",
    )
    .option("--context <name>", "which context of the kubeconfig; else its current one")
    .option(
      "--ledger <address>",
      "sqlite:PATH, mysql://… or postgres://…; else PLEXAUBNET_LEDGER, the settings, .plexaubnet/ledger.db",
    )
    .option("--config <file>", "settings of the comparison and mapping of the pool table, in YAML")
    .option("--cluster <name>", "the cluster's name in the ledger; else that of the settings, or default");
}
