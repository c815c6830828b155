/**
 * What would become of claims: asked of the API, which may refuse them, and of the operator's own decisions.
 */
import { API_VERSION, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS } from "../../api/index.ts";
import { type AnyObject, ApiError, type KubeClient, type Resource } from "../../client/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { type WhatIf, whatIf } from "../../operator/questions/index.ts";
import type { ClusterAccess } from "../cluster-access.ts";
import { readFleet } from "../fleet-snapshot.ts";
import { scopeFor } from "../restore/restore-fleet.ts";
import type { FileClaim } from "./claims-file.ts";

export interface Tried {
  /** In the order of the claims. */
  readonly answers: readonly WhatIf[];
  readonly notes: readonly string[];
}

/** Requests under way at the same time. */
const CONCURRENCY = 8;

export async function tryClaims(
  { client, kernel }: ClusterAccess,
  claims: readonly FileClaim[],
): Promise<Tried> {
  const namespaces = [...new Set(claims.map(({ claim }) => claim.metadata.namespace))];
  const fleet = await readFleet(client, scopeFor(namespaces));
  const refusals = await refusalsOf(client, claims);
  const forbidden = [...new Set(refusals.values())].filter(({ isForbidden }) => isForbidden);
  const isRefused = (each: FileClaim) => refusals.get(each)?.isForbidden === false;
  const passed = claims.filter((each) => !isRefused(each));
  const { answers, servedFirst } = whatIf(
    within(fleet, namespaces),
    passed.map(({ claim }) => claim),
    kernel.clock.now(),
  );
  const byClaim = new Map(passed.map((each, at) => [each, answers[at] as WhatIf]));
  return {
    answers: claims.map(
      (each) => byClaim.get(each) ?? refusedAnswer(each, refusals.get(each)?.message ?? ""),
    ),
    notes: [
      ...(forbidden.length === 0
        ? []
        : [
            `You may not create these claims (${forbidden[0]?.message}): this is what another user would get.`,
          ]),
      ...(servedFirst.length === 0
        ? []
        : [`Not decided yet, and assumed to be served first: ${servedFirst.join(", ")}.`]),
    ],
  };
}

function within(fleet: FleetObjects, namespaces: readonly string[]): FleetObjects {
  const isIn = ({ metadata }: { readonly metadata: { readonly namespace: string } }) =>
    namespaces.includes(metadata.namespace);
  return {
    pools: fleet.pools.filter(isIn),
    poolClaims: fleet.poolClaims.filter(isIn),
    claims: fleet.claims.filter(isIn),
    subnets: fleet.subnets.filter(isIn),
  };
}

interface Refusal {
  /** The user may not create it: that does not concern the claim. */
  readonly isForbidden: boolean;
  readonly message: string;
}

/**
 * What the API answers, which checks schema, quota and webhooks of a request with `dryRun=All`, and stores
 * nothing.
 */
async function refusalsOf(
  client: KubeClient,
  claims: readonly FileClaim[],
): Promise<ReadonlyMap<FileClaim, Refusal>> {
  const found = new Map<FileClaim, Refusal>();
  const waiting = claims.values();
  const work = async () => {
    for (const each of waiting) {
      const refusal = await refusalOf(client, each);
      if (refusal !== undefined) found.set(each, refusal);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return found;
}

async function refusalOf(client: KubeClient, { claim }: FileClaim): Promise<Refusal | undefined> {
  try {
    await client.create(resourceOf(claim.kind), manifestOf(claim), { dryRun: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === "AlreadyExists") return undefined;
    return { isForbidden: error.code === 403 && error.reason === "Forbidden", message: error.message };
  }
}

export function resourceOf(kind: FileClaim["claim"]["kind"]): Resource {
  return kind === SUBNET_CLAIMS.kind ? SUBNET_CLAIMS : SUBNET_POOL_CLAIMS;
}

export function manifestOf({ kind, metadata, spec }: FileClaim["claim"]): AnyObject {
  return { apiVersion: API_VERSION, kind, metadata, spec };
}

function refusedAnswer({ claim }: FileClaim, message: string): WhatIf {
  const { kind, metadata, spec } = claim;
  const { name, namespace } = metadata;
  const pool = "poolRef" in spec ? spec.poolRef : spec.parentPoolRef;
  return { kind, namespace, name, pool, outcome: "refused", reason: "Refused", message, sentences: [] };
}
