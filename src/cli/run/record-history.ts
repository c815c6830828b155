/** The history that `plexaubnet run --history` records: by the leader, with the users whose requests any replica reviews. */
import type { KubeClient } from "../../client/index.ts";
import { HistoryMetrics, RequestNotes, startRecorder } from "../../history/index.ts";
import type { Kernel } from "../../kernel/index.ts";
import type { Operator, WebhookOptions } from "../../operator/index.ts";
import type { Logger, RuntimeMetrics } from "../../runtime/index.ts";
import { historyTarget } from "../history/open.ts";
import type { RunOptions } from "./run-options.ts";

interface Surroundings {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
}

/** Ends once what the operator decided last is recorded. */
type Stoppable = Pick<Operator, "stop">;

export interface HistoryPart {
  /** The webhook, which notes the users of requests. */
  attend(webhook: WebhookOptions): WebhookOptions;
  /** Begins to record, as long as this operator leads. */
  start(operator: Operator): Stoppable;
}

/**
 * Undefined: none is recorded.
 *
 * @throws CommandFailure when the address cannot be read
 */
export function historyPart(options: RunOptions, surroundings: Surroundings): HistoryPart | undefined {
  if (options.history === undefined) return undefined;
  const target = historyTarget(options.history);
  const { metrics, ...common } = surroundings;
  const notes = new RequestNotes({ ...common, target });
  return {
    attend: (webhook) => ({ ...webhook, onAllowed: (request) => notes.add(request) }),
    start: ({ manager }) => {
      const recorder = startRecorder({
        ...common,
        target,
        metrics: new HistoryMetrics(metrics.registry),
        namespaces: options.namespaces,
        mayWrite: () => manager.isLeader(),
      });
      const stop = async () => {
        await notes.stop();
        await recorder.stop();
      };
      return { stop };
    },
  };
}
