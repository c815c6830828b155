/** The options of `plexaubnet run`. */
import type { BindAddress } from "../flags/flag-values.ts";
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export interface RunOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespaces?: readonly string[];
  readonly leaderElect: boolean;
  readonly leaderElectionNamespace?: string;
  readonly leaderElectionId: string;
  readonly leaseDuration: number;
  readonly renewDeadline: number;
  readonly retryPeriod: number;
  readonly metricsBindAddress: BindAddress | false;
  readonly metricsSecure: boolean;
  readonly metricsService?: string;
  readonly metricsCert?: string;
  readonly metricsKey?: string;
  readonly webhookBindAddress: BindAddress | false;
  readonly webhookService?: string;
  readonly webhookCert?: string;
  readonly webhookKey?: string;
  readonly webhookCa?: string;
  readonly denyOverlappingPools: boolean;
  readonly consoleBindAddress: BindAddress | false;
  readonly consoleHosts?: readonly string[];
  readonly maxConcurrentReconciles: number;
  readonly backoffBase: number;
  readonly backoffFactor: number;
  readonly backoffMax: number;
  readonly retryRate: number;
  readonly retryBurst: number;
  readonly history?: string;
  readonly warmUp: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}
