/** The options of all commands that use a ledger. */
import type { Command } from "commander";

/** With the options that select a ledger and a cluster. */
export function withLedgerOptions(command: Command): Command {
  return command
    .option(
      "--kubeconfig <file>",
      "path of the kubeconfig file. Defaults to KUBECONFIG, the ServiceAccount of the pod, ~/.kube/config, or .plexaubnet/kubeconfig",
    )
    .option("--context <name>", "context of the kubeconfig file. Defaults to its current context")
    .option(
      "--ledger <address>",
      "address of the ledger: sqlite:PATH, mysql://… or postgres://…. Defaults to PLEXAUBNET_LEDGER, the settings, or .plexaubnet/ledger.db",
    )
    .option(
      "--config <file>",
      "YAML file with the settings of the comparison and the mapping of the pool table",
    )
    .option(
      "--cluster <name>",
      "name of the cluster in the ledger. Defaults to that of the settings, or `default`",
    );
}
