/** Whether a fleet has come to rest as it must: nothing is wrong any more, and nobody writes. */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import type { Store } from "../../src/apiserver/index.ts";
import type { KubeClient } from "../../src/client/index.ts";
import { sleep, systemClock } from "../../src/kernel/index.ts";
import { type FleetObjects, findViolations, type Violation } from "../../src/operator/check/index.ts";

/** As long as this the fleet has to find something to do. */
const PATIENCE_MS = 250;

/**
 * Resolves when a whole view of the fleet shows nothing wrong, twice with nothing written in between; with what is wrong
 * when that does not come to pass within the limit.
 */
export async function wrongAtRest(
  store: Pick<Store, "revision" | "waitForRevision">,
  client: KubeClient,
  limitMs: number,
): Promise<readonly string[]> {
  const deadline = new AbortController();
  const timer = systemClock.setTimer(limitMs, () => deadline.abort());
  try {
    for (let quiet: number | undefined; ; ) {
      const view = await viewOf(store, client);
      const wrong = findViolations(view.objects, systemClock.now()).filter(
        ({ severity }) => severity === "violation",
      );
      if (wrong.length === 0 && quiet === view.revision) return [];
      quiet = wrong.length === 0 ? view.revision : undefined;
      if (deadline.signal.aborted) return described(wrong, view.objects);
      const patience = sleep(systemClock, PATIENCE_MS);
      const written = store.waitForRevision(view.revision + 1, deadline.signal);
      await Promise.race([patience, written]).catch(() => {});
    }
  } finally {
    timer.cancel();
  }
}

/** All objects at one revision. */
async function viewOf(
  store: Pick<Store, "revision">,
  client: KubeClient,
): Promise<{ readonly revision: number; readonly objects: FleetObjects }> {
  for (;;) {
    const { revision } = store;
    const [pools, poolClaims, claims, subnets] = await Promise.all([
      client.list(SUBNET_POOLS),
      client.list(SUBNET_POOL_CLAIMS),
      client.list(SUBNET_CLAIMS),
      client.list(SUBNETS),
    ]);
    if (store.revision !== revision) continue;
    const objects = {
      pools: pools.items,
      poolClaims: poolClaims.items,
      claims: claims.items,
      subnets: subnets.items,
    };
    return { revision, objects };
  }
}

function described(wrong: readonly Violation[], objects: FleetObjects): readonly string[] {
  if (wrong.length === 0) return ["it never comes to rest: something is written again and again"];
  return wrong.map(({ invariant, objects: named, message }) => {
    const { claims, subnets, pools, poolClaims } = objects;
    const all = [...claims, ...subnets, ...pools, ...poolClaims];
    const shown = named.map((name) =>
      JSON.stringify(all.find(({ kind, metadata }) => `${kind} ${metadata.name}` === name)),
    );
    return `${invariant}: ${named.join(", ")}: ${message}\n    ${shown.join("\n    ")}`;
  });
}
