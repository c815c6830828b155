/**
 * Two replicas of the operator under leader election that are killed and paused, in this process or as
 * processes.
 */
import type { KubeClient } from "../../../src/client/index.ts";
import { systemClock } from "../../../src/kernel/index.ts";
import type { OperatorOptions } from "../../../src/operator/index.ts";
import { createLogger, RuntimeMetrics } from "../../../src/runtime/index.ts";
import { FailoverPlan } from "./failover-plan.ts";
import { InProcessReplica } from "./in-process-replica.ts";
import { SharedTime } from "./replica-clock.ts";
import { ReplicaProcess, type StatusWrites } from "./replica-process.ts";
import { ReplicaSet } from "./replica-set.ts";

/** As long as a lease lasts, and longer than any replica waits before trying to take one. */
const LEASE_PASSES_MS = 15_000;

/** @param client what all of them use, each through a door of its own */
export function startInProcess(
  client: KubeClient,
  namespace: string,
  { leaderElection, ...rest }: Partial<OperatorOptions>,
): Promise<ReplicaSet> {
  const plan = new FailoverPlan();
  const time = new SharedTime();
  const lease = { name: plan.name, ...leaderElection, namespace: leaderElection?.namespace ?? namespace };
  const logger = createLogger({ clock: systemClock, level: "silent" });
  return ReplicaSet.start(plan, {
    start: (name, random, onBroken) => {
      const operator = { logger, metrics: new RuntimeMetrics(), ...rest };
      return new InProcessReplica({ name, inner: client, time, random, lease, operator, onBroken });
    },
    passTime: () => time.pass(LEASE_PASSES_MS),
  });
}

export function startProcesses(
  kubeconfig: string,
  namespace: string,
  writes: StatusWrites,
): Promise<ReplicaSet> {
  const plan = new FailoverPlan();
  return ReplicaSet.start(plan, {
    start: (name, _random, onBroken) =>
      new ReplicaProcess({ name, kubeconfig, lease: { namespace, name: plan.name }, writes, onBroken }),
    passTime: () => {},
  });
}
