/** The cluster that a command uses, and the message of a failed request: one sentence that names the cure. */
import {
  ApiError,
  type ClusterConfig,
  ConfigError,
  findClusterConfig,
  LostAnswerError,
  UnreachableError,
} from "../client/index.ts";
import { defined, oneLine } from "../kernel/index.ts";
import { CommandFailure } from "./failure.ts";

export interface ClusterChoice {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** @throws CommandFailure when there is no configuration, or one that cannot be used. */
export function findCluster({ kubeconfig, context }: ClusterChoice): ClusterConfig {
  try {
    return findClusterConfig({
      ...defined({ file: kubeconfig, context }),
    });
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandFailure(`${error.message}.`, { cause: error });
    throw error;
  }
}

/** The failure that an error of the client means to the user of a command; any other error is handed back as it is. */
export function clusterFailure(error: unknown, { server, origin }: ClusterConfig): unknown {
  // The text of a server stays in one line: a second one could be mistaken for ours.
  const failure = (sentence: string) => new CommandFailure(oneLine(sentence), { cause: error });
  if (error instanceof ConfigError) return failure(`${error.message}.`);
  if (error instanceof UnreachableError || error instanceof LostAnswerError) {
    return failure(`the API server ${server} cannot be reached: ${error.message}.`);
  }
  if (!(error instanceof ApiError)) return error;
  return failure(`${server} refused ${origin?.user ?? "these credentials"}: ${error.message}.`);
}
