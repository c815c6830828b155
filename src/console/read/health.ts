/** Answers `GET /api/health`: is it alive? */
import { ApiError, type KubeClient, listAll } from "../../client/index.ts";
import { type Clock, counted, defined } from "../../kernel/index.ts";
import { LEASE_NAME } from "../../operator/index.ts";
import { type Lease, leases, type RuntimeMetrics } from "../../runtime/index.ts";
import type { Connection, HealthAnswer } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import type { WatchAges } from "../live/watch-ages.ts";

export interface HealthParts {
  readonly fleet: ConsoleFleet;
  readonly ages: WatchAges;
  readonly connection: Connection;
  readonly clock: Clock;
  /** Of the operator in this process. */
  readonly metrics: RuntimeMetrics | undefined;
  readonly lastDecision: string | undefined;
  readonly startedAt: string;
  readonly streams: number;
}

export async function healthAnswer(client: KubeClient, parts: HealthParts): Promise<HealthAnswer> {
  const { fleet, ages, connection, metrics, lastDecision, startedAt, streams } = parts;
  const leader = await readLeader(client, parts);
  const queues = metrics === undefined ? undefined : await queuesOf(metrics);
  const { world } = fleet;
  const watches = [
    { kind: "SubnetPool", objects: world.pools.size },
    { kind: "SubnetClaim", objects: world.claims.size },
    { kind: "SubnetPoolClaim", objects: world.poolClaims.size },
    { kind: "Subnet", objects: world.subnets.size },
  ].map((watch) => {
    const lastChange = ages.lastChange(watch.kind);
    return {
      ...watch,
      isSynced: connection.state !== "starting",
      ...defined({ lastChange }),
    };
  });
  return {
    connection,
    leader,
    watches,
    ...defined({ queues, lastDecision }),
    sentence: sentenceOf(connection, leader, queues),
    console: { startedAt, streams },
  };
}

async function readLeader(
  client: KubeClient,
  { clock, metrics }: HealthParts,
): Promise<HealthAnswer["leader"]> {
  try {
    const fieldSelector = `metadata.name=${LEASE_NAME}`;
    const { items } = await listAll(client, leases, { fieldSelector });
    const lease = items.toSorted((a, b) => renewedMs(b) - renewedMs(a))[0];
    if (lease?.spec === undefined) {
      return {
        message: metrics === undefined ? noLease() : "The operator runs in this process, without a Lease.",
      };
    }
    const { holderIdentity, renewTime, leaseDurationSeconds = 0 } = lease.spec;
    const isHeld = holderIdentity !== undefined && holderIdentity !== "";
    return {
      ...(isHeld && { holder: holderIdentity }),
      ...defined({ renewedAt: renewTime }),
      isExpired: !isHeld || renewedMs(lease) + leaseDurationSeconds * 1000 < clock.now(),
    };
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) {
      return { message: "You may not list Leases: ask for that right to see the leader." };
    }
    return { message: `The Lease ${LEASE_NAME} cannot be read: the API server does not answer.` };
  }
}

function noLease(): string {
  return `There is no Lease ${LEASE_NAME}: either no operator runs, or it runs without --leader-elect.`;
}

function renewedMs({ spec }: Lease): number {
  const ms = Date.parse(spec?.renewTime ?? "");
  return Number.isNaN(ms) ? 0 : ms;
}

async function queuesOf({ registry }: RuntimeMetrics): Promise<HealthAnswer["queues"]> {
  const text = await registry.metrics();
  return [...text.matchAll(/^workqueue_depth\{([^}]*)\} (\d+)/gm)].map(([, labels = "", depth = "0"]) => ({
    controller: /\b(?:name|controller)="([^"]*)"/.exec(labels)?.[1] ?? "",
    depth: Number(depth),
  }));
}

function sentenceOf(
  { state }: Connection,
  leader: HealthAnswer["leader"],
  queues: HealthAnswer["queues"],
): string {
  if (state === "lost") return "The API server does not answer: what is shown is old.";
  if (state === "refused") return "The API server refuses to list the objects.";
  if (state === "starting") return "The objects are being listed.";
  const waiting = (queues ?? []).reduce((sum, { depth }) => sum + depth, 0);
  const work =
    queues === undefined
      ? ""
      : waiting === 0
        ? "; nothing waits for it"
        : `; ${counted(waiting, "request")} wait`;
  if (leader.holder !== undefined) {
    return leader.isExpired === true
      ? `The operator ${leader.holder} has not renewed its Lease in time: nothing is decided until another one takes over.`
      : `The operator ${leader.holder} is the leader${work}.`;
  }
  return queues === undefined
    ? "The objects are up to date; whether an operator runs is not known."
    : `The operator runs in this process${work}.`;
}
