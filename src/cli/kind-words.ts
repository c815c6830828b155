/** Words for our kinds, as kubectl takes them, and shorter ones. */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../api/index.ts";
import type { Resource } from "../client/index.ts";

/** The order is that in which a bare name is looked up. */
const WORDS: readonly (readonly [Resource, readonly string[]])[] = [
  [SUBNET_CLAIMS, ["claim", "snc"]],
  [SUBNET_POOL_CLAIMS, ["poolclaim", "snpc", "subnetpc"]],
  [SUBNET_POOLS, ["pool", "snp"]],
  [SUBNETS, ["sn"]],
];

export const OUR_RESOURCES: readonly Resource[] = WORDS.map(([resource]) => resource);

/** The resource that a word means; undefined: none of ours. */
export function resourceOfWord(text: string): Resource | undefined {
  const word = text.toLowerCase();
  const entry = WORDS.find(
    ([{ kind, plural }, words]) =>
      word === kind.toLowerCase() ||
      word === plural ||
      words.includes(word) ||
      words.includes(word.replace(/s$/, "")),
  );
  return entry?.[0];
}
