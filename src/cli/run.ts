/**
 * `plexaubnet run`: the operator alone, as a client of a cluster. The implementation is in
 * `run/operate.ts`, which is loaded only when the command runs.
 *
 * Each flag can also be set as an environment variable: `--leader-elect` is PLEXAUBNET_LEADER_ELECT. The one exception is
 * MAX_CONCURRENT_RECONCILES, as in the Go operator (PS-11). A flag takes precedence over its variable.
 */
import { Command, Option } from "commander";
import {
  numberFrom,
  parseBindAddress,
  parseCount,
  parseDuration,
  parseHosts,
  parseNamespace,
  parseNamespaces,
  parseSwitch,
} from "./flags/flag-values.ts";
import { LOG_LEVELS, type RunOptions } from "./run/run-options.ts";

export const DEFAULT_METRICS_ADDRESS = "127.0.0.1:8080";

interface Flag<T> {
  readonly flags: string;
  readonly description: string;
  readonly parse?: (text: string) => T;
  readonly env?: string;
  readonly default?: readonly [value: T, shown: string];
}

const CONNECTION: readonly Flag<unknown>[] = [
  {
    flags: "--kubeconfig <file>",
    description:
      "path of the kubeconfig file. Defaults to KUBECONFIG, the ServiceAccount of the pod, or ~/.kube/config",
  },
  {
    flags: "--context <name>",
    description: "context of the kubeconfig file. Defaults to its current context",
  },
  {
    flags: "--namespaces <names>",
    description: "comma-separated list of namespaces to watch. Defaults to all namespaces",
    parse: parseNamespaces,
  },
];

const ELECTION: readonly Flag<unknown>[] = [
  {
    flags: "--leader-elect [bool]",
    description: "enable leader election with a Lease, so that only one of several replicas reconciles",
    parse: parseSwitch,
    default: [false, "false"],
  },
  {
    flags: "--leader-election-namespace <name>",
    description: "namespace of the Lease. Defaults to the namespace of the pod or context",
    parse: parseNamespace,
  },
  {
    flags: "--leader-election-id <name>",
    description: "name of the Lease",
    default: ["plexaubnet-operator", "plexaubnet-operator"],
  },
  {
    flags: "--lease-duration <duration>",
    description: "time that other replicas wait for a renewal before they acquire the Lease",
    parse: parseDuration,
    default: [15_000, "15s"],
  },
  {
    flags: "--renew-deadline <duration>",
    description: "time that the leader retries a renewal before it gives up leadership",
    parse: parseDuration,
    default: [10_000, "10s"],
  },
  {
    flags: "--retry-period <duration>",
    description: "time between two attempts to acquire or renew the Lease",
    parse: parseDuration,
    default: [2000, "2s"],
  },
];

const WORK: readonly Flag<unknown>[] = [
  {
    flags: "--metrics-bind-address <address>",
    description: "address for metrics, probes and /recalculate; 0 disables it",
    parse: parseBindAddress,
    default: [parseBindAddress(DEFAULT_METRICS_ADDRESS), DEFAULT_METRICS_ADDRESS],
  },
  {
    flags: "--metrics-secure [bool]",
    description: "serve metrics, probes and /recalculate over TLS, with authentication and authorization",
    parse: parseSwitch,
    default: [false, "false"],
  },
  {
    flags: "--metrics-service <name>",
    description:
      "with --metrics-secure: name of the Service, in the namespace of the Lease, through which metrics are scraped",
  },
  {
    flags: "--metrics-cert <file>",
    description:
      "PEM file with the certificate for metrics; reloaded when it changes. By default a certificate is created and stored in the Secret of the webhook",
  },
  { flags: "--metrics-key <file>", description: "PEM file with the private key for --metrics-cert" },
  {
    flags: "--webhook-bind-address <address>",
    description: "address for admission reviews, over TLS; 0 disables it",
    parse: parseBindAddress,
    default: [false, "0"],
  },
  {
    flags: "--webhook-service <name>",
    description:
      "name of the Service, in the namespace of the Lease, through which the API server calls the webhook",
  },
  {
    flags: "--webhook-cert <file>",
    description:
      "PEM file with the certificate of the webhook; reloaded when it changes. By default a certificate is created and stored in a Secret",
  },
  { flags: "--webhook-key <file>", description: "PEM file with the private key for --webhook-cert" },
  {
    flags: "--webhook-ca <file>",
    description:
      "PEM file with the certificate authority of --webhook-cert, which is published in the webhook configuration",
  },
  {
    flags: "--deny-overlapping-pools [bool]",
    description: "reject a pool that overlaps another one at admission, instead of returning a warning",
    parse: parseSwitch,
    default: [false, "false"],
  },
  {
    flags: "--console-bind-address <address>",
    description: "address for the console, over HTTP, with bearer tokens of the cluster; 0 disables it",
    parse: parseBindAddress,
    default: [false, "0"],
  },
  {
    flags: "--console-hosts <names>",
    description:
      "comma-separated list of host names by which browsers reach the console, such as that of an Ingress. IP addresses and localhost are always accepted",
    parse: parseHosts,
  },
  {
    flags: "--max-concurrent-reconciles <number>",
    description:
      "upper limit of concurrent reconciliations of each controller; above 16, the number adapts to the latency of the API server",
    parse: parseCount,
    env: "MAX_CONCURRENT_RECONCILES",
    default: [128, "128"],
  },
  {
    flags: "--backoff-base <duration>",
    description: "retry delay after the first failure of an object",
    parse: parseDuration,
    default: [50, "50ms"],
  },
  {
    flags: "--backoff-factor <number>",
    description: "factor by which each further failure increases the delay",
    parse: numberFrom(1),
    default: [1.5, "1.5"],
  },
  {
    flags: "--backoff-max <duration>",
    description: "maximum retry delay of an object",
    parse: parseDuration,
    default: [30_000, "30s"],
  },
  {
    flags: "--retry-rate <number>",
    description: "average number of retries a second of each controller",
    parse: numberFrom(0, true),
    default: [10, "10"],
  },
  {
    flags: "--retry-burst <number>",
    description: "maximum burst of retries of each controller",
    parse: parseCount,
    default: [100, "100"],
  },
  {
    flags: "--warm-up [bool]",
    description:
      "bind claims on an API server in memory before becoming ready, so that the first claims do not wait for code that has never run; takes one to three seconds of CPU time",
    parse: parseSwitch,
    default: [true, "true"],
  },
];

const MEMORY: readonly Flag<unknown>[] = [
  {
    flags: "--history <address>",
    description:
      "record every decision about a block in this database: sqlite:PATH, mysql://… or postgres://…, which may be that of a ledger. By default nothing is recorded",
  },
];

export function runCommand(version: string): Command {
  const command = new Command("run").description("run the operator against a cluster");
  for (const flag of [...CONNECTION, ...ELECTION, ...WORK, ...MEMORY]) command.addOption(optionOf(flag));
  const level = new Option(
    "--log-level <level>",
    "minimum level of the log lines, which are written to standard output as JSON",
  )
    .choices(LOG_LEVELS)
    .default("info")
    .env("PLEXAUBNET_LOG_LEVEL");
  return command.addOption(level).action(async (options: RunOptions) => {
    const { operate } = await import("./run/operate.ts");
    await operate(options, version);
  });
}

function optionOf(flag: Flag<unknown>): Option {
  const option = new Option(flag.flags, flag.description);
  option.env(flag.env ?? `PLEXAUBNET_${option.name().replaceAll("-", "_").toUpperCase()}`);
  if (flag.parse !== undefined) option.argParser(flag.parse);
  if (flag.default !== undefined) option.default(flag.default[0], flag.default[1]);
  // A switch without a word after it is on.
  if (option.optional) option.preset("true");
  return option;
}
