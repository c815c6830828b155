/** The common options of the commands about a fleet: API access, scope, and output. */
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
      "path of the kubeconfig file. Defaults to KUBECONFIG, the ServiceAccount of the pod, ~/.kube/config, or .plexaubnet/kubeconfig",
    )
    .option("--context <name>", "context of the kubeconfig file. Defaults to its current context");
}

/** For a command about objects by their name. */
export function withConnection(command: Command): Command {
  return withKubeconfig(command).option(
    "-n, --namespace <name>",
    "namespace. Defaults to that of the context",
    parseNamespace,
  );
}

/** For a command about all namespaces, or one of them. */
export function withScope(command: Command): Command {
  const all = new Option("-A, --all-namespaces", "all namespaces (the default)");
  return withKubeconfig(command)
    .option("-n, --namespace <name>", "only this namespace", parseNamespace)
    .addOption(all.conflicts("namespace"));
}

function parseNamespace(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)) return text;
  const sentence = `--namespace "${text}" is not a valid namespace name: use lower-case letters, digits and '-'.`;
  throw new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
}

export const OUTPUT_FORMATS = ["table", "json", "yaml"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface OutputOptions {
  readonly output: OutputFormat;
}

export function outputOption(): Option {
  return new Option("-o, --output <format>", "output format: table for people, json or yaml for programs")
    .choices(OUTPUT_FORMATS)
    .default("table");
}

export const LIST_FORMATS = [...OUTPUT_FORMATS, "csv"] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

export interface ListOutputOptions {
  readonly output: ListFormat;
}

/** For a command whose answer is a list. */
export function listOutputOption(): Option {
  return new Option(
    "-o, --output <format>",
    "output format: table for people, json or yaml for programs, csv for a spreadsheet",
  )
    .choices(LIST_FORMATS)
    .default("table");
}
