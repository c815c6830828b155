/** Waits until every claim of a backup has its block again. */
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { type KubeClient, type KubeObject, listAll } from "../../client/index.ts";
import { type Clock, sleep } from "../../kernel/index.ts";
import type { BackupEntry } from "../backup/backup-of.ts";
import { keyOf } from "../backup/fleet-lookup.ts";
import type { Scope } from "../fleet-snapshot.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Ends when all are Bound, or when for as long as `patienceMs` none was added to them: a fleet that has much to do may take
 * its time, as long as it does something.
 *
 * @param onBound called with the number of those that are Bound.
 */
export async function awaitBlocks(
  client: Pick<KubeClient, "list">,
  clock: Clock,
  entries: readonly BackupEntry[],
  scope: Scope,
  patienceMs: number,
  onBound: (bound: number) => void,
): Promise<void> {
  const wanted = entries.filter(
    ({ manifest, block }) => manifest.kind.endsWith("Claim") && block !== undefined,
  );
  let most = -1;
  let deadlineMs = clock.monotonicMs() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const startMs = clock.monotonicMs();
    const bound = await boundNames(client, scope);
    const count = wanted.filter(({ manifest }) => bound.has(nameFor(manifest))).length;
    const nowMs = clock.monotonicMs();
    if (count > most) {
      if (most >= 0) deadlineMs = nowMs + patienceMs;
      most = count;
      onBound(count);
    }
    if (count === wanted.length || nowMs >= deadlineMs) return;
    // Polling uses at most half of the time of a server.
    await sleep(clock, Math.max(Math.min(pauseMs, deadlineMs - nowMs), nowMs - startMs));
  }
}

function nameFor(claim: KubeObject): string {
  return `${claim.kind} ${keyOf(claim)}`;
}

/** Pages are read and dropped: only the name and phase of a claim are needed. */
async function boundNames(client: Pick<KubeClient, "list">, scope: Scope): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const note = (page: readonly (SubnetClaim | SubnetPoolClaim)[]): [] => {
    for (const claim of page) if (claim.status?.phase === "Bound") names.add(nameFor(claim));
    return [];
  };
  await listAll(client, SUBNET_POOL_CLAIMS, scope, note);
  await listAll(client, SUBNET_CLAIMS, scope, note);
  return names;
}
