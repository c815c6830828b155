/** Answers `GET /api/claims`. */
import { compareText, defined } from "../../kernel/index.ts";
import type { ClaimRow, ClaimsAnswer } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import { type AnyClaim, isBound, poolNameOf } from "../fleet/waiting.ts";

export type ClaimSort = "since" | "name" | "pool" | "reason";

export interface ClaimsQuery {
  readonly sees: (namespace: string) => boolean;
  readonly namespace?: string | undefined;
  readonly pool?: string | undefined;
  readonly state: "waiting" | "bound" | "all";
  readonly filter?: string | undefined;
  readonly sort: ClaimSort;
  readonly isDescending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export function claimsAnswer(fleet: ConsoleFleet, query: ClaimsQuery): ClaimsAnswer {
  const { offset, limit, state } = query;
  const counts = { bound: 0, waiting: 0 };
  const found: AnyClaim[] = [];
  const take = (claim: AnyClaim) => {
    if (!matches(claim, query)) return;
    const own = isBound(claim) ? "bound" : "waiting";
    counts[own]++;
    if (state === "all" || state === own) found.push(claim);
  };
  for (const claim of fleet.world.claims.values()) take(claim);
  for (const claim of fleet.world.poolClaims.values()) take(claim);
  const rows = sorted(found, query)
    .slice(offset, offset + limit)
    .map(rowOf);
  return { rows, offset, total: found.length, counts };
}

function matches(claim: AnyClaim, { sees, namespace, pool, filter = "" }: ClaimsQuery): boolean {
  const { metadata, spec, status } = claim;
  if (!sees(metadata.namespace) || (namespace !== undefined && metadata.namespace !== namespace))
    return false;
  if (pool !== undefined && poolNameOf(claim) !== pool) return false;
  const text = filter.trim().toLowerCase();
  if (text === "") return true;
  const cidr = status !== undefined && "allocatedCIDR" in status ? status.allocatedCIDR : undefined;
  const cluster = "clusterID" in spec ? spec.clusterID : "";
  return [metadata.name, cluster, poolNameOf(claim), cidr ?? "", reasonOf(claim) ?? ""].some((part) =>
    part.toLowerCase().includes(text),
  );
}

function sorted(claims: readonly AnyClaim[], { sort, isDescending }: ClaimsQuery): AnyClaim[] {
  const sign = isDescending ? -1 : 1;
  const value: Readonly<Record<ClaimSort, (claim: AnyClaim) => string>> = {
    since: (claim) => sinceOf(claim) ?? "",
    name: ({ metadata }) => metadata.name,
    pool: poolNameOf,
    reason: (claim) => reasonOf(claim) ?? "",
  };
  const key = value[sort];
  const tie = ({ kind, metadata }: AnyClaim) => `${metadata.namespace}/${metadata.name}/${kind}`;
  return claims
    .map((claim) => ({ claim, key: key(claim), tie: tie(claim) }))
    .sort((a, b) => sign * compareText(a.key, b.key) || compareText(a.tie, b.tie))
    .map(({ claim }) => claim);
}

function readyOf({ status }: AnyClaim) {
  return status?.conditions?.find(({ type }) => type === "Ready");
}

function reasonOf(claim: AnyClaim): string | undefined {
  return isBound(claim) ? undefined : readyOf(claim)?.reason;
}

function sinceOf(claim: AnyClaim): string | undefined {
  return readyOf(claim)?.lastTransitionTime ?? claim.metadata.creationTimestamp;
}

function rowOf(claim: AnyClaim): ClaimRow {
  const { metadata, spec, status } = claim;
  const since = sinceOf(claim);
  const reason = reasonOf(claim);
  const ready = readyOf(claim);
  const message = isBound(claim) ? undefined : (status?.message ?? ready?.message);
  const cidr = status !== undefined && "allocatedCIDR" in status ? status.allocatedCIDR : undefined;
  return {
    kind: claim.kind as ClaimRow["kind"],
    namespace: metadata.namespace,
    name: metadata.name,
    pool: poolNameOf(claim),
    ...("clusterID" in spec && { cluster: spec.clusterID }),
    ...("purpose" in spec && spec.purpose !== undefined && { purpose: spec.purpose }),
    wants: wantsOf(claim),
    ...defined({ cidr }),
    phase: status?.phase ?? "Pending",
    ...defined({ reason, message, since }),
  };
}

function wantsOf({ spec }: AnyClaim): string {
  if (spec.requestedCIDR !== undefined) return spec.requestedCIDR;
  const length = "poolRef" in spec ? spec.blockSize : spec.desiredBlockSize;
  return length === undefined ? "" : `/${length}`;
}
