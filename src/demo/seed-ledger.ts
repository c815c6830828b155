/**
 * Fills the ledger of the example with the content of `examples/load-balancers/ledger.yaml`: the same as the cluster, except for
 * the differences that are planted there.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import {
  formatInstant,
  type Ledger,
  type PoolContent,
  PoolIndex,
  type UsageDraft,
} from "../balancers/ledger/index.ts";
import type { LoadBalancer } from "../balancers/sync/index.ts";
import { parseAddress } from "../ipam/index.ts";
import type { Kernel } from "../kernel/index.ts";

interface Seed {
  readonly pools: readonly PoolContent[];
  /** `namespace/name` of Services. */
  readonly recorded: readonly string[];
  readonly gone: readonly {
    readonly service: string;
    readonly ip: string;
    readonly uid: string;
    readonly pool: string;
  }[];
}

const DAY_MS = 86_400_000;

export function readSeed(file: string): Seed {
  return parse(readFileSync(file, "utf8")) as Seed;
}

/** Does nothing in a ledger that has pools. True: it was filled. */
export async function seedLedger(
  ledger: Ledger,
  cluster: string,
  seed: Seed,
  balancers: readonly LoadBalancer[],
  kernel: Kernel,
): Promise<boolean> {
  if ((await ledger.pools(cluster)).length > 0) return false;
  const nowMs = kernel.clock.now();
  await ledger.write({ actor: "example", reason: "the ledger as the example finds it" }, async (writer) => {
    for (const pool of seed.pools) await writer.createPool(cluster, pool);
    const index = new PoolIndex(await writer.readPools(cluster));
    const poolAt = (ip: string) => {
      const found = index.lookUp(ip);
      return found.result === "found" ? found.pool : undefined;
    };
    const recorded = balancers
      .filter(({ namespace, service }) => seed.recorded.includes(`${namespace}/${service}`))
      .map((one): UsageDraft => {
        const pool = poolAt(one.ip);
        return { ...one, cluster, poolId: pool?.id, poolName: pool?.name ?? "", state: "active" };
      });
    const gone = seed.gone.map(({ service, ip, uid, pool }): UsageDraft => {
      const [namespace = "", name = ""] = service.split("/");
      const address = parseAddress(ip);
      return {
        cluster,
        ip,
        family: address.ok ? address.value.family : 4,
        serviceUid: uid,
        namespace,
        service: name,
        poolId: poolAt(ip)?.id,
        poolName: pool,
        state: "missing",
        firstSeenAt: formatInstant(nowMs - 90 * DAY_MS),
        missedRounds: 3,
        missedSince: formatInstant(nowMs - DAY_MS),
      };
    });
    await writer.recordUsages([...recorded, ...gone]);
  });
  return true;
}

/** How many load balancers the seed expects to have their IP. */
export function expectedBalancers(seed: Seed): number {
  return seed.recorded.length + 1;
}
