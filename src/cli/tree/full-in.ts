/** When pools will be full, from the history where there is one at hand. */
import { existsSync } from "node:fs";
import { MEANT_TO_BE_FULL_ANNOTATION, type SubnetPool } from "../../api/index.ts";
import { ApiError, type KubeClient } from "../../client/index.ts";
import { capacityOf, forecastPool, sinceFor } from "../../history/forecasts.ts";
import { describeForecast, type Forecast } from "../../history/growth.ts";
import { systemClock } from "../../kernel/index.ts";
import { NAMESPACES } from "../../kube/index.ts";
import { LOCAL_HISTORY } from "../history/local-history.ts";

/** By the UID of the pool. */
export type PoolForecasts = ReadonlyMap<string, Forecast>;

export function isMeantToBeFull({ metadata }: SubnetPool): boolean {
  return metadata.annotations?.[MEANT_TO_BE_FULL_ANNOTATION] === "true";
}

/**
 * Undefined: no history is named, and that of this folder is not of this cluster.
 *
 * @throws CommandFailure when a history that is named cannot be read
 */
export async function forecastsOf(
  given: string | undefined,
  client: KubeClient,
  pools: readonly SubnetPool[],
): Promise<PoolForecasts | undefined> {
  const address =
    given || process.env.PLEXAUBNET_HISTORY || (existsSync(LOCAL_HISTORY) ? `sqlite:${LOCAL_HISTORY}` : "");
  if (address === "") return undefined;
  // Most are asked without a history, and need none of what reads one.
  const { withHistory } = await import("../history/open.ts");
  const own = await clusterUid(client);
  const today = new Date(systemClock.now()).toISOString();
  return withHistory(address, async (history) => {
    const known = await history.streams();
    // To who may not ask which cluster this is, a history of one cluster is that of this one.
    const stream = own ?? (known.length === 1 ? known[0] : undefined);
    if (stream === undefined || !known.includes(stream)) return undefined;
    const growth = await history.poolGrowth(stream, sinceFor(today));
    const found = new Map<string, Forecast>();
    for (const { metadata, spec, status } of pools) {
      const { namespace, name, uid = "" } = metadata;
      const whole = capacityOf(spec.cidr);
      const capacity = capacityOf(spec.cidr, spec.reserved);
      if (whole === undefined || capacity === undefined || status?.utilizationPercent === undefined) continue;
      const used = (whole * status.utilizationPercent) / 100;
      found.set(uid, forecastPool(growth, { namespace, pool: name }, capacity, today, used));
    }
    return found;
  });
}

async function clusterUid(client: KubeClient): Promise<string | undefined> {
  try {
    return (await client.get(NAMESPACES, { name: "kube-system" })).metadata.uid;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** Whether the history is too short for a forecast of any pool. */
export function isTooShort(forecasts: PoolForecasts): boolean {
  return [...forecasts.values()].every(({ verdict }) => verdict === "not-enough-history");
}

/** For people. */
export function describe(pool: SubnetPool, forecasts: PoolForecasts): string {
  if (isMeantToBeFull(pool)) return "meant to be";
  const found = forecasts.get(pool.metadata.uid ?? "");
  return found === undefined ? "" : describeForecast(found);
}
