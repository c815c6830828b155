/** The console of `plexaubnet run`: each browser session has a bearer token of the cluster, and its rights. */
import type { ClusterConfig, KubeClient } from "../../client/index.ts";
import { type Console, createConsole } from "../../console/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import type { OperatorOptions } from "../../operator/index.ts";
import type { Logger, RuntimeMetrics } from "../../runtime/index.ts";
import type { RunOptions } from "./run-options.ts";
import { startFailure } from "./start-failure.ts";

export interface RunConsoleOptions {
  readonly options: Pick<RunOptions, "consoleBindAddress" | "consoleHosts">;
  readonly config: ClusterConfig;
  readonly version: string;
  /** Asks who a token is of, and what that user may do. */
  readonly reviewClient: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
}

export interface RunConsole {
  readonly onSource: NonNullable<OperatorOptions["onSource"]>;
  /** Rejects as `net.Server.listen` does. It is there before the Lease is: a replica that waits shows the fleet as well. */
  readonly started: Promise<Console>;
}

/** Undefined: it is not served. */
export function runConsole(of: RunConsoleOptions): RunConsole | undefined {
  const { options, config, reviewClient, kernel, logger, metrics, version } = of;
  const { consoleBindAddress: address, consoleHosts: hosts } = options;
  if (address === false) return undefined;
  const { promise: started, resolve } = Promise.withResolvers<Console>();
  const { auth: _own, ...cluster } = config;
  return {
    started,
    onSource(source) {
      const start = createConsole({
        ...address,
        source,
        client: reviewClient,
        kernel,
        logger: logger.child({ part: "console" }),
        who: { access: "token", config: cluster },
        version,
        cluster: "this cluster",
        server: config.server,
        metrics,
        hosts,
        isSynced: () => source.ready(),
      });
      resolve(start.serve());
    },
  };
}

/** Undefined: it is not served. @throws CommandFailure when it cannot listen, or the operator cannot start */
export async function whenListening(
  console: RunConsole | undefined,
  starting: Promise<unknown>,
  config: ClusterConfig,
): Promise<Console | undefined> {
  if (console === undefined) return undefined;
  starting.catch(() => {});
  try {
    // One that does not come so far as to have a source has failed.
    return await Promise.race([console.started, starting.then(() => console.started)]);
  } catch (error) {
    throw startFailure(error, config);
  }
}
