/** The options that the commands about a fleet share: how to get to the API, what to look at, how to print it. */
import { type Command, Option } from "commander";
import { CommandFailure, USAGE_EXIT_CODE } from "./failure.ts";

export interface ConnectionOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface ScopeOptions extends ConnectionOptions {
  readonly allNamespaces?: boolean;
}

function withKubeconfig(command: Command): Command {
  return command
    .option(
      "--kubeconfig <file>",
      "which kubeconfig; else KUBECONFIG, the pod's service account, ~/.kube/config, .plexaubnet/kubeconfig",
    )
    .option("--context <name>", "which context of the kubeconfig; else its current one");
}

/** For a command about things by their name. */
export function withConnection(command: Command): Command {
  return withKubeconfig(command).option(
    "-n, --namespace <name>",
    "which namespace; else that of the context",
    parseNamespace,
  );
}

/** For a command about all namespaces, or one of them. */
export function withScope(command: Command): Command {
  const all = new Option("-A, --all-namespaces", "all namespaces; so it is unless one is named");
  return withKubeconfig(command)
    .option("-n, --namespace <name>", "this namespace alone", parseNamespace)
    .addOption(all.conflicts("namespace"));
}

function parseNamespace(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)) return text;
  const sentence = `--namespace "${text}" is no name of a namespace: use lower-case letters, digits and '-'.`;
  throw new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}

export const OUTPUT_FORMATS = ["table", "json", "yaml"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface OutputOptions {
  readonly output: OutputFormat;
}

export function outputOption(): Option {
  return new Option("-o, --output <format>", "for people, or for programs")
    .choices(OUTPUT_FORMATS)
    .default("table");
}
