/**
 * Claims with their blocks: one row a cluster, one column for each purpose (the label `purpose` of the claims), since
 * a list of a hundred claims is unreadable.
 */
import type { SubnetClaim } from "../../api/index.ts";
import { claimState, type Fleet } from "../fleet/fleet.ts";
import { type Line, type Span, styled, table } from "./text.ts";

/** On a SubnetClaim: what the block is for (`nodes`, `pods`). Only people and this table read it. */
export const PURPOSE_LABEL = "purpose";

/** The column of claims that say no purpose. */
const PLAIN_COLUMN = "block";

/** One line a cluster, under a heading. `claims` are those of one namespace, and `fleet` is the whole. */
export function claimTable(claims: readonly SubnetClaim[], fleet: Fleet): Line[] {
  const purposes = new Map<string, number>();
  const clusters = new Map<string, Map<string, Line[]>>();
  for (const claim of [...claims].sort(byClusterThenName)) {
    const purpose = claim.metadata.labels?.[PURPOSE_LABEL] ?? PLAIN_COLUMN;
    const cells = clusters.get(claim.spec.clusterID) ?? new Map<string, Line[]>();
    clusters.set(claim.spec.clusterID, cells);
    cells.set(purpose, [...(cells.get(purpose) ?? []), cell(claim, fleet)]);
    purposes.set(purpose, (purposes.get(purpose) ?? 0) + 1);
  }
  const order = [...purposes.keys()].sort((a, b) => byPurpose(a, b, purposes));
  return table(
    [{ title: "CLUSTER" }, ...order.map((purpose) => ({ title: purpose.toUpperCase() }))],
    [...clusters].map(([cluster, cells]) => [
      [styled(cluster, "bold")],
      ...order.map((purpose) => joined(cells.get(purpose) ?? [])),
    ]),
  );
}

function cell(claim: SubnetClaim, fleet: Fleet): Line {
  const state = claimState(claim, fleet);
  if (state.state === "refused") return [styled(state.reason, "bad")];
  const block = claim.status?.allocatedCIDR;
  return [state.state === "bound" && block !== undefined ? block : styled("…", "warn")];
}

function joined(lines: readonly Line[]): Line {
  return lines.flatMap((line, index): (Span | string)[] => (index === 0 ? [...line] : [", ", ...line]));
}

function byClusterThenName(a: SubnetClaim, b: SubnetClaim): number {
  return compare(a.spec.clusterID, b.spec.clusterID) || compare(a.metadata.name, b.metadata.name);
}

/** The most common purpose first; claims without one last. */
function byPurpose(a: string, b: string, counts: ReadonlyMap<string, number>): number {
  const isPlain = Number(a === PLAIN_COLUMN) - Number(b === PLAIN_COLUMN);
  return isPlain || (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
