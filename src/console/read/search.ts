/** Answers `GET /api/search`: an address, a CIDR, a cluster or a name. */

import { compareText, defined } from "../../kernel/index.ts";
import type { NamespacedObject } from "../../kube/index.ts";
import { isBackingClusterID } from "../../operator/index.ts";
import type { SearchAnswer, SearchHit } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import { placesAt } from "./at.ts";
import { type AnyObject, placeOf } from "./object.ts";
import { blockIn } from "./pools.ts";

const MOST_HITS = 20;

/** How well a text fits; more is better, 0 is not at all. */
function fitOf(text: string, q: string): number {
  if (text === q) return 3;
  if (text.startsWith(q)) return 2;
  return text.includes(q) ? 1 : 0;
}

export function searchAnswer(
  fleet: ConsoleFleet,
  text: string,
  sees: (namespace: string) => boolean,
): SearchAnswer {
  const q = text.trim();
  if (q === "") return { q, hits: [] };
  const block = blockIn(q);
  if (block !== undefined) {
    const places = placesAt(fleet, block, sees);
    const hits = places.map(({ namespace, pool, cidr, sentence, subnet }) => ({
      what: "address" as const,
      title: cidr,
      detail: sentence,
      namespace,
      place: { pool, cidr },
      ...(subnet !== undefined && { object: { kind: "Subnet" as const, name: subnet } }),
    }));
    return { q, hits: hits.slice(0, MOST_HITS) };
  }
  return { q, hits: byName(fleet, q.toLowerCase(), sees) };
}

interface Ranked {
  readonly rank: number;
  readonly hit: () => SearchHit;
  readonly key: string;
}

/** The best of many, without keeping them all. */
class BestHits {
  readonly #best: Ranked[] = [];

  add(ranked: Ranked): void {
    const worst = this.#best.at(-1);
    if (this.#best.length >= MOST_HITS && worst !== undefined && compareRanked(ranked, worst) >= 0) return;
    const at = this.#best.findIndex((each) => compareRanked(ranked, each) < 0);
    this.#best.splice(at < 0 ? this.#best.length : at, 0, ranked);
    if (this.#best.length > MOST_HITS) this.#best.pop();
  }

  hits(): SearchHit[] {
    return this.#best.map(({ hit }) => hit());
  }
}

function compareRanked(a: Ranked, b: Ranked): number {
  return b.rank - a.rank || compareText(a.key, b.key);
}

/** Of two that fit alike, the first of these is the better one. */
const ORDER = { pool: 0.4, cluster: 0.3, claim: 0.2, poolclaim: 0.1, subnet: 0 } as const;

function byName({ world }: ConsoleFleet, q: string, sees: (namespace: string) => boolean): SearchHit[] {
  const best = new BestHits();
  const offer = (object: AnyObject, what: keyof typeof ORDER, text: string, detail: () => string) => {
    const fit = fitOf(text.toLowerCase(), q);
    if (fit === 0) return;
    const { namespace, name } = object.metadata as NamespacedObject["metadata"];
    const hit = (): SearchHit => {
      const place = placeOf(object);
      return {
        what,
        title: text,
        detail: detail(),
        namespace,
        ...defined({ place }),
        object: { kind: object.kind as "Subnet", name },
      };
    };
    best.add({ rank: fit + ORDER[what], hit, key: `${text} ${namespace}/${name}` });
  };
  for (const pool of world.pools.values()) {
    if (!sees(pool.metadata.namespace)) continue;
    offer(pool, "pool", pool.metadata.name, () => `pool ${pool.spec.cidr} in ${pool.metadata.namespace}`);
  }
  for (const claim of world.claims.values()) {
    if (!sees(claim.metadata.namespace)) continue;
    const { spec, status, metadata } = claim;
    const has = () => status?.allocatedCIDR ?? `waits (${status?.phase ?? "not decided yet"})`;
    offer(claim, "claim", metadata.name, () => `claim of pool ${spec.poolRef}: ${has()}`);
  }
  for (const claim of world.poolClaims.values()) {
    if (!sees(claim.metadata.namespace)) continue;
    offer(claim, "poolclaim", claim.metadata.name, () => `pool claim of pool ${claim.spec.parentPoolRef}`);
  }
  for (const subnet of world.subnets.values()) {
    if (!sees(subnet.metadata.namespace)) continue;
    const { clusterID, cidr, poolRef } = subnet.spec;
    if (!isBackingClusterID(clusterID)) {
      offer(subnet, "cluster", clusterID, () => `cluster with ${cidr} of pool ${poolRef}`);
    }
    offer(subnet, "subnet", subnet.metadata.name, () => `Subnet ${cidr} of pool ${poolRef}`);
  }
  return best.hits();
}
