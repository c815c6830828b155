/** The shapes in which a backup comes back: what tools keep, drop and leave stale, and what people edit. */
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNETS } from "../../src/api/index.ts";
import type { AnyObject } from "../../src/client/index.ts";
import type { Draw } from "./draw.ts";
import type { Backup, Made } from "./fleet.ts";

export interface Shape {
  readonly statuses: "kept" | "dropped" | "only of Subnets" | "not of Subnets";
  readonly owners: "stale" | "dropped";
  readonly claimRefs: "stale" | "uid cut";
  readonly finalizers: "kept" | "dropped";
  readonly annotations: "kept" | "dropped";
  /** `Subnets`: left out of the backup. `records`: the labels of claims; then Subnets come before claims. */
  readonly missing: "nothing" | "Subnets" | "records";
}

export function drawShape(draw: Draw): Shape {
  return {
    statuses: draw.weighted([
      [5, "dropped"],
      [2, "kept"],
      [1, "only of Subnets"],
      [1, "not of Subnets"],
    ] as const),
    owners: draw.pick(["stale", "dropped"] as const),
    claimRefs: draw.pick(["stale", "stale", "uid cut"] as const),
    finalizers: draw.pick(["kept", "dropped"] as const),
    annotations: draw.pick(["kept", "dropped"] as const),
    missing: draw.pick(["nothing", "Subnets", "records"] as const),
  };
}

export interface Restored extends Made {
  /** Written after the object, where the backup has it. */
  readonly status: object | undefined;
}

/** In the order in which they come back. */
export function shaped(draw: Draw, { objects }: Backup, shape: Shape): Restored[] {
  const all = draw.shuffled(
    objects
      .filter(({ resource }) => !(shape.missing === "Subnets" && resource.kind === SUBNETS.kind))
      .map((one) => restored(one, shape)),
  );
  if (shape.missing !== "records") return all;
  const isClaim = ({ resource }: Made) =>
    resource.kind === SUBNET_CLAIMS.kind || resource.kind === SUBNET_POOL_CLAIMS.kind;
  const [claims, others] = [all.filter(isClaim), all.filter((one) => !isClaim(one))];
  return afterSubnets(draw, claims, others);
}

/** Claims anywhere behind the last Subnet. */
function afterSubnets(draw: Draw, claims: readonly Restored[], others: readonly Restored[]): Restored[] {
  const order = [...others];
  for (const claim of claims) {
    const last = order.findLastIndex(({ resource }) => resource.kind === SUBNETS.kind);
    order.splice(draw.between(last + 1, order.length), 0, claim);
  }
  return order;
}

function restored({ resource, object }: Made, shape: Shape): Restored {
  const { name, labels, annotations, finalizers, ownerReferences } = object.metadata;
  const isSubnet = resource.kind === SUBNETS.kind;
  const ownLabels = shape.missing === "records" && !isSubnet ? withoutRecords(labels) : labels;
  const metadata = {
    name,
    ...(ownLabels === undefined ? {} : { labels: ownLabels }),
    ...(annotations === undefined || shape.annotations === "dropped" ? {} : { annotations }),
    ...(finalizers === undefined || shape.finalizers === "dropped" ? {} : { finalizers }),
    ...(ownerReferences === undefined || shape.owners === "dropped" ? {} : { ownerReferences }),
  };
  const spec = isSubnet ? withClaimRef(object.spec as SubnetSpec, shape) : object.spec;
  const hasStatus =
    shape.statuses === "kept" || shape.statuses === (isSubnet ? "only of Subnets" : "not of Subnets");
  const { apiVersion, kind } = object;
  return {
    resource,
    object: { apiVersion, kind, metadata, spec } as unknown as AnyObject,
    status: hasStatus ? (object.status as object | undefined) : undefined,
  };
}

interface SubnetSpec {
  readonly claimRef?: { readonly name?: string; readonly uid?: string };
}

function withClaimRef(spec: SubnetSpec, { claimRefs }: Shape): object {
  const { claimRef, ...rest } = spec;
  if (claimRef === undefined || claimRefs === "stale") return spec;
  return { ...rest, claimRef: { name: claimRef.name } };
}

function withoutRecords(labels: Readonly<Record<string, string>> | undefined) {
  if (labels === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(labels).filter(([label]) => !label.startsWith("plexaubnet.io/block")),
  );
}
