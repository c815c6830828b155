/** What the console consists of, for those who answer. */
import type { Clock } from "../kernel/index.ts";
import type { RuntimeMetrics } from "../runtime/index.ts";
import type { Connection } from "./answers.ts";
import type { BalancersView } from "./balancers/balancers-view.ts";
import type { ConsoleFleet } from "./fleet/fleet.ts";
import type { ActivityFeed } from "./live/activity.ts";
import type { WatchAges } from "./live/watch-ages.ts";

export interface ConsoleParts {
  readonly fleet: ConsoleFleet;
  readonly activity: ActivityFeed;
  readonly ages: WatchAges;
  readonly balancers: BalancersView;
  readonly clock: Clock;
  /** Of the operator in this process. */
  readonly metrics: RuntimeMetrics | undefined;
  readonly version: string;
  /** `kubeconfig context prod`, `the embedded server`. */
  readonly cluster: string;
  /** URL of the API server. */
  readonly server: string;
  readonly access: "caller" | "token";
  readonly startedAt: string;
  readonly connection: () => Connection;
  /** Whether everything was listed once. */
  readonly isSynced: () => boolean;
  readonly streamCount: () => number;
}
