/**
 * The controller: rounds on every change of an IPAddressPool or of a LoadBalancer Service, and full comparisons from
 * complete lists every so often (RC-05). Only the leader works.
 */
import type { KubeClient } from "../../client/index.ts";
import { defined, type Kernel } from "../../kernel/index.ts";
import {
  type CacheDelta,
  createManager,
  type Decision,
  type LeaderElectionOptions,
  type Logger,
  type Manager,
  type Predicate,
  type Route,
  type RuntimeMetrics,
  request,
  route,
} from "../../runtime/index.ts";
import { type Ledger, LedgerError } from "../ledger/index.ts";
import type { ApplyResult } from "./apply.ts";
import { identifiedLedger } from "./cluster-identity.ts";
import { type Fence, FencedError, fencedClient, fencedLedger } from "./fence.ts";
import { LedgerPulse } from "./ledger-pulse.ts";
import { IP_ADDRESS_POOLS, type IPAddressPool, loadBalancersOf, SERVICES, type Service } from "./metallb.ts";
import type { LoadBalancerMetrics } from "./metrics.ts";
import { type RoundContext, type RoundResult, runRound } from "./round.ts";
import { RoundLoop } from "./round-loop.ts";
import type { SyncSettings } from "./settings.ts";
import { clusterSideOf, readLedgerSide } from "./sides.ts";

export interface LoadBalancerSyncOptions {
  readonly client: KubeClient;
  readonly ledger: Ledger;
  readonly settings: SyncSettings;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
  readonly lbMetrics: LoadBalancerMetrics;
  readonly leaderElection?: LeaderElectionOptions;
  /** Called when it cannot continue, for example because the lease is lost. */
  readonly onFatal?: (error: Error) => void;
  /**
   * Called after every round: incidents are recorded this way. What it throws is logged. What it writes to the ledger
   * it writes to this one, which takes nothing any more when the lease is lost.
   */
  readonly onRound?: (round: RoundResult, ledger: Ledger) => Promise<void>;
}

export interface LoadBalancerSync {
  /** For probes. */
  readonly manager: Pick<Manager, "ready" | "healthy"> & { whyNotReady(): string | undefined };
  /** Ends after the round that is under way. Does not close the ledger. */
  stop(): Promise<void>;
}

export const SYNC_ACTOR = "plexaubnet-sync";

/** A pool's status changes with every Service, and contains nothing that is compared. */
const poolChanged: Predicate<IPAddressPool> = (delta) =>
  delta.type !== "updated" || delta.old.metadata.generation !== delta.new.metadata.generation;

const balancerChanged: Predicate<Service> = (delta: CacheDelta<Service>) => {
  const before = delta.old === undefined ? [] : loadBalancersOf(delta.old);
  const after = delta.new === undefined ? [] : loadBalancersOf(delta.new);
  return JSON.stringify(before) !== JSON.stringify(after);
};

/** Everything maps to the one comparison of the cluster. */
export function syncRoutes(cluster: string): readonly Route[] {
  const toComparison = () => [request("comparison", cluster)];
  return [route(IP_ADDRESS_POOLS, poolChanged, toComparison), route(SERVICES, balancerChanged, toComparison)];
}

/** Resolves when the caches have synced and the first round is due. */
export async function startLoadBalancerSync(options: LoadBalancerSyncOptions): Promise<LoadBalancerSync> {
  const { client, settings, kernel, logger, metrics, lbMetrics, leaderElection } = options;
  const lost = new AbortController();
  const manager: Manager = createManager({
    client,
    kernel,
    logger,
    metrics,
    indexes: [],
    eventSource: "plexaubnet-ledger",
    ...defined({ leaderElection }),
    onFatal: (error) => {
      lost.abort(new FencedError());
      void loop.stop();
      options.onFatal?.(error);
    },
  });
  const fence: Fence = { mayWrite: () => manager.isLeader(), signal: lost.signal };
  const ledger = fencedLedger(identifiedLedger(options.ledger, client, settings.cluster), fence);
  const pools = manager.cache(IP_ADDRESS_POOLS);
  const services = manager.cache(SERVICES);
  const fenced = { client: fencedClient(client, fence), ledger };
  const context: RoundContext = { ...fenced, settings, kernel, actor: SYNC_ACTOR };
  const fromCaches = async () => ({
    ledger: await readLedgerSide(ledger, settings),
    cluster: clusterSideOf(pools.values(), services.values(), settings),
  });
  const run = async (cause: "event" | "interval") => {
    const round = await runRound(cause === "event" ? { ...context, read: fromCaches } : context);
    logRound(logger, settings, round);
    lbMetrics.round(settings.cluster, round);
    tellPulse(pulse, round);
    await options.onRound?.(round, ledger);
    // A stale plan is soon replaced by a new one, from the state of then.
    return round.result === "compared" && !isStale(round.applied);
  };
  const loop: RoundLoop = new RoundLoop({
    clock: kernel.clock,
    intervalMs: settings.intervalSeconds * 1000,
    run: (cause) => run(cause).catch((error) => logFailure(logger, error)),
  });
  // A round reports it to the incident, and ends it.
  const pulse: LedgerPulse = pulseOf(options, () => manager.isLeader() && loop.poke());
  manager.add({
    name: "LoadBalancerSync",
    routes: syncRoutes(settings.cluster),
    concurrency: 1,
    reconcile: () => comparisonIsDue(loop),
  });
  lbMetrics.begin(settings.cluster);
  await manager.start();
  loop.poke();
  return {
    manager: probesOf(manager, pulse),
    stop: async () => {
      pulse.stop();
      await loop.stop();
      await manager.stop();
    },
  };
}

function comparisonIsDue(loop: RoundLoop): Decision {
  loop.poke();
  return { verdict: "settled", actions: [], message: "a comparison is due" };
}

function tellPulse(pulse: LedgerPulse, round: RoundResult): void {
  const fails = round.result === "unreachable" && round.side === "ledger";
  if (fails || round.result === "compared") pulse.saw(fails ? round.message : undefined);
}

function probesOf(manager: Manager, pulse: LedgerPulse): LoadBalancerSync["manager"] {
  return {
    ready: () => manager.ready() && pulse.fault === undefined,
    healthy: () => manager.healthy(),
    whyNotReady: () => pulse.fault,
  };
}

function pulseOf(options: LoadBalancerSyncOptions, onChange: () => void): LedgerPulse {
  const { ledger, kernel, settings, logger, lbMetrics } = options;
  return new LedgerPulse({
    ledger,
    clock: kernel.clock,
    onChange: (fault) => {
      lbMetrics.unreachable(settings.cluster, "ledger", fault !== undefined);
      if (fault === undefined) logger.info("The ledger answers again");
      else logger.warn(fault);
      onChange();
    },
  });
}

function isStale(applied: ApplyResult | undefined): boolean {
  return applied?.result === "refused" && applied.stale === true;
}

function logFailure(logger: Logger, error: unknown): false {
  if (error instanceof FencedError) logger.info(error.message);
  else if (error instanceof LedgerError) logger.warn({ kind: error.kind }, error.message);
  else logger.error({ err: error }, "A round failed");
  return false;
}

function logRound(logger: Logger, { cluster }: SyncSettings, round: RoundResult): void {
  if (round.result !== "compared") {
    logger.warn({ cluster, result: round.result, side: round.side }, round.message);
    return;
  }
  const refused = round.plan.refused.map(({ guard, step }) => `${guard}: ${step.subject}`);
  const applied = round.applied?.result;
  logger.info({ cluster, drift: round.drift.length, refused, applied }, "Ledger and cluster were compared");
}
