/**
 * The example fleet, checked on paper: names are unique, references meet, and everything fits into what it is
 * cut from. Blocks are powers of two and nothing is released, so what fits in sum fits in whatever order it
 * is served.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { SubnetClaim, SubnetPool, SubnetPoolClaim } from "../../src/api/index.ts";
import { readManifests } from "../../src/demo/manifests.ts";

const FOLDER = new URL("../../examples/fleet/", import.meta.url).pathname;
const manifests = readManifests(FOLDER);

function ofKind<T>(kind: string): T[] {
  return manifests.filter(({ object }) => object.kind === kind).map(({ object }) => object as unknown as T);
}

const pools = ofKind<SubnetPool>("SubnetPool");
const poolClaims = ofKind<SubnetPoolClaim>("SubnetPoolClaim");
const claims = ofKind<SubnetClaim>("SubnetClaim");

/**
 * Prefix length of every pool, whether made by hand or by a claim, and the length of a block that names none.
 */
const lengths = new Map<string, { readonly own: number; readonly usual: number | undefined }>([
  ...pools.map(({ metadata, spec }): [string, { own: number; usual: number | undefined }] => [
    metadata.name,
    { own: Number(spec.cidr.split("/")[1]), usual: spec.defaultBlockSize },
  ]),
  ...poolClaims.map(({ metadata, spec }): [string, { own: number; usual: number | undefined }] => [
    metadata.name,
    { own: spec.desiredBlockSize ?? 0, usual: spec.template?.defaultBlockSize },
  ]),
]);

test("the example fleet is what its README describes", () => {
  const readme = readFileSync(new URL("README.md", `file://${FOLDER}`), "utf8");
  expect(readme).toContain("forty\nclusters");
  const clusters = new Set(
    claims.filter(({ metadata }) => metadata.labels?.purpose === "pods").map(({ spec }) => spec.clusterID),
  );
  expect(clusters.size).toBe(40);
  for (const purpose of ["nodes", "pods", "services"]) {
    expect(claims.filter(({ metadata }) => metadata.labels?.purpose === purpose)).toHaveLength(40);
  }
  expect(claims.filter(({ spec }) => spec.requestedCIDR !== undefined)).toHaveLength(1);
});

test("no two objects of the example fleet are one", () => {
  const names = manifests.map(({ object }) => `${object.kind} ${object.metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
  const identities = claims.map(({ spec }) => `${spec.poolRef} ${spec.clusterID}`);
  expect(new Set(identities).size).toBe(identities.length);
});

test("every claim of the example fleet fits, except for the one that shall not", () => {
  const wanted = new Map<string, number>();
  const want = (pool: string, length: number) => {
    const parent = lengths.get(pool);
    if (parent === undefined) throw new Error(`nobody makes the pool ${pool}`);
    wanted.set(pool, (wanted.get(pool) ?? 0) + 2 ** (parent.own - length));
  };
  for (const { spec } of poolClaims) want(spec.parentPoolRef, spec.desiredBlockSize ?? 0);
  for (const { metadata, spec } of claims) {
    if (metadata.name === "gpu-lab-flat") continue;
    const asked =
      spec.requestedCIDR === undefined ? spec.blockSize : Number(spec.requestedCIDR.split("/")[1]);
    const length = asked ?? lengths.get(spec.poolRef)?.usual;
    expect(length, metadata.name).toBeTypeOf("number");
    want(spec.poolRef, length as number);
  }
  for (const [pool, share] of wanted) expect(share, pool).toBeLessThanOrEqual(0.9);
  expect(wanted.size).toBe(lengths.size);
});
