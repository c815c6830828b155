/** Whether a fleet has come to rest as it must: nothing is wrong any more, and no client writes. */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import type { KubeClient } from "../../src/client/index.ts";
import { sleep, systemClock } from "../../src/kernel/index.ts";
import { EVENTS } from "../../src/kube/index.ts";
import { type FleetObjects, findViolations, type Violation } from "../../src/operator/check/index.ts";

/** As long as this the fleet has to find something to do. */
const PATIENCE_MS = 250;

/**
 * Resolves when a view of the fleet shows nothing wrong, and the next one shows the same; with what is wrong
 * when that does not come to pass within the limit. Leases are not part of it: a leader renews its own for
 * ever.
 */
export async function wrongAtRest(client: KubeClient, limitMs: number): Promise<readonly string[]> {
  const deadline = systemClock.now() + limitMs;
  for (let before: string | undefined; ; ) {
    const view = await viewOf(client);
    const wrong = findViolations(view.objects, systemClock.now()).filter(
      ({ severity }) => severity === "violation",
    );
    if (wrong.length === 0 && before === view.versions) return [];
    if (systemClock.now() > deadline) return described(wrong, view.objects);
    before = view.versions;
    await sleep(systemClock, PATIENCE_MS);
  }
}

/** What there is, which need not be of one moment: two views that are equal are. */
async function viewOf(
  client: KubeClient,
): Promise<{ readonly versions: string; readonly objects: FleetObjects }> {
  const [pools, poolClaims, claims, subnets, events] = await Promise.all([
    client.list(SUBNET_POOLS),
    client.list(SUBNET_POOL_CLAIMS),
    client.list(SUBNET_CLAIMS),
    client.list(SUBNETS),
    client.list(EVENTS),
  ]);
  const objects = {
    pools: pools.items,
    poolClaims: poolClaims.items,
    claims: claims.items,
    subnets: subnets.items,
  };
  const versions = [...Object.values(objects), events.items]
    .map((items) => items.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`).join())
    .join("\n");
  return { versions, objects };
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
