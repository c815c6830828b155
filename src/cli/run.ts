/**
 * `plexaubnet run`: the operator alone, as a client of whatever cluster it is pointed at. What it does is in
 * `run/operate.ts`, which is loaded only when it is to be done.
 *
 * Each flag is an environment variable too: `--leader-elect` is PLEXAUBNET_LEADER_ELECT. The one exception is
 * MAX_CONCURRENT_RECONCILES, which users of the Go operator know (PS-11). A flag beats its variable.
 */
import { Command, Option } from "commander";
import {
  numberFrom,
  parseBindAddress,
  parseCount,
  parseDuration,
  parseNamespace,
  parseNamespaces,
  parseSwitch,
} from "./flags/flag-values.ts";
import { LOG_LEVELS, type RunOptions } from "./run/run-options.ts";

export const DEFAULT_METRICS_ADDRESS = "127.0.0.1:8080";

interface Flag<T> {
  readonly flags: string;
  readonly says: string;
  readonly parse?: (text: string) => T;
  readonly env?: string;
  readonly default?: readonly [value: T, shown: string];
}

const CONNECTION: readonly Flag<unknown>[] = [
  {
    flags: "--kubeconfig <file>",
    says: "which kubeconfig; else KUBECONFIG, the pod's service account, ~/.kube/config",
  },
  { flags: "--context <name>", says: "which context of the kubeconfig; else its current one" },
  {
    flags: "--namespaces <names>",
    says: "watch these namespaces alone, with commas between them; else all",
    parse: parseNamespaces,
  },
];

const ELECTION: readonly Flag<unknown>[] = [
  {
    flags: "--leader-elect [bool]",
    says: "let one of several replicas work, chosen by a Lease",
    parse: parseSwitch,
    default: [false, "false"],
  },
  {
    flags: "--leader-election-namespace <name>",
    says: "where the Lease lies; else the namespace of the pod or context",
    parse: parseNamespace,
  },
  {
    flags: "--leader-election-id <name>",
    says: "name of the Lease",
    default: ["plexaubnet-operator", "plexaubnet-operator"],
  },
  {
    flags: "--lease-duration <duration>",
    says: "how long others wait for a renewal before they take over",
    parse: parseDuration,
    default: [15_000, "15s"],
  },
  {
    flags: "--renew-deadline <duration>",
    says: "how long the leader goes on without a renewal",
    parse: parseDuration,
    default: [10_000, "10s"],
  },
  {
    flags: "--retry-period <duration>",
    says: "time between two tries to take or renew the Lease",
    parse: parseDuration,
    default: [2000, "2s"],
  },
];

const WORK: readonly Flag<unknown>[] = [
  {
    flags: "--metrics-bind-address <address>",
    says: "where metrics, probes and /recalculate are served; 0 for nowhere",
    parse: parseBindAddress,
    default: [parseBindAddress(DEFAULT_METRICS_ADDRESS), DEFAULT_METRICS_ADDRESS],
  },
  {
    flags: "--metrics-secure [bool]",
    says: "serve them over TLS",
    parse: parseSwitch,
    default: [false, "false"],
  },
  {
    flags: "--metrics-service <name>",
    says: "with --metrics-secure: the Service in the namespace of the Lease by which they are scraped",
  },
  {
    flags: "--metrics-cert <file>",
    says: "their certificate, in PEM form, read anew when it changes; else one is made and kept in the Secret of the webhook's",
  },
  { flags: "--metrics-key <file>", says: "its key, in PEM form" },
  {
    flags: "--webhook-bind-address <address>",
    says: "where admission reviews are answered over TLS; 0 for nowhere",
    parse: parseBindAddress,
    default: [false, "0"],
  },
  {
    flags: "--webhook-service <name>",
    says: "the Service in the namespace of the Lease by which the API server calls the webhook",
  },
  {
    flags: "--webhook-cert <file>",
    says: "certificate of the webhook, in PEM form, read anew when it changes; else one is made and kept in a Secret",
  },
  { flags: "--webhook-key <file>", says: "its key, in PEM form" },
  {
    flags: "--webhook-ca <file>",
    says: "the authority that signed it, in PEM form, which the API server is told to trust",
  },
  {
    flags: "--deny-overlapping-pools [bool]",
    says: "refuse a pool that overlaps another one at admission, instead of warning",
    parse: parseSwitch,
    default: [false, "false"],
  },
  {
    flags: "--max-concurrent-reconciles <number>",
    says: "reconciles at once, for each controller",
    parse: parseCount,
    env: "MAX_CONCURRENT_RECONCILES",
    default: [5, "5"],
  },
  {
    flags: "--backoff-base <duration>",
    says: "delay after the first failure of an object",
    parse: parseDuration,
    default: [50, "50ms"],
  },
  {
    flags: "--backoff-factor <number>",
    says: "what each further failure multiplies the delay by",
    parse: numberFrom(1),
    default: [1.5, "1.5"],
  },
  {
    flags: "--backoff-max <duration>",
    says: "longest delay of an object that fails again and again",
    parse: parseDuration,
    default: [30_000, "30s"],
  },
  {
    flags: "--retry-rate <number>",
    says: "retries a second of one controller, in the long run",
    parse: numberFrom(0, true),
    default: [10, "10"],
  },
  {
    flags: "--retry-burst <number>",
    says: "retries of one controller that may come at once",
    parse: parseCount,
    default: [100, "100"],
  },
];

export function runCommand(version: string): Command {
  const command = new Command("run").description("start the operator against a cluster");
  for (const flag of [...CONNECTION, ...ELECTION, ...WORK]) command.addOption(optionOf(flag));
  const level = new Option("--log-level <level>", "which log lines are printed, as JSON on standard output")
    .choices(LOG_LEVELS)
    .default("info")
    .env("PLEXAUBNET_LOG_LEVEL");
  return command.addOption(level).action(async (options: RunOptions) => {
    const { operate } = await import("./run/operate.ts");
    await operate(options, version);
  });
}

function optionOf(flag: Flag<unknown>): Option {
  const option = new Option(flag.flags, flag.says);
  option.env(flag.env ?? `PLEXAUBNET_${option.name().replaceAll("-", "_").toUpperCase()}`);
  if (flag.parse !== undefined) option.argParser(flag.parse);
  if (flag.default !== undefined) option.default(flag.default[0], flag.default[1]);
  // A switch without a word after it is on.
  if (option.optional) option.preset("true");
  return option;
}
