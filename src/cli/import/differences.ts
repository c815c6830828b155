/** Where a source and the cluster differ, block by block. Pure. */
import { isLive, recordOf, type Subnet, type SubnetClaim, type SubnetPool } from "../../api/index.ts";
import type { PlannedKind } from "../../exchange/index.ts";
import { comparePrefixes, formatPrefix, parsePrefix } from "../../ipam/index.ts";
import { compareText } from "../../kernel/index.ts";
import type { FleetObjects } from "../../operator/index.ts";
import { isBacking } from "../backup/fleet-lookup.ts";
import { type Line, type Style, styled, table } from "../screen/text.ts";

export type DifferenceKind = "only in the source" | "only in the cluster" | "another owner" | "another kind";

export interface Difference {
  readonly difference: DifferenceKind;
  readonly namespace: string;
  readonly cidr: string;
  /** `SubnetClaim web of eu-1`. Absent: there is none. */
  readonly source?: string;
  readonly cluster?: string;
}

interface Side {
  readonly namespace: string;
  readonly cidr: string;
  readonly kind: string;
  readonly owner: string;
  readonly text: string;
}

/**
 * @param planned everything that the source comes to, whether or not the cluster has it
 * @param live all objects of the namespaces of the plan
 */
export function differencesBetween(planned: readonly PlannedKind[], live: FleetObjects): Difference[] {
  const wanted = sidesOf(planned);
  const claims = new Set(live.claims.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const namespaces = new Set(planned.map(({ metadata }) => metadata.namespace ?? ""));
  const there = sidesOf([
    ...live.pools,
    ...live.claims,
    ...live.subnets.filter((subnet) => isLive(subnet) && !isOfClaim(subnet, claims) && !isBacking(subnet)),
  ]);
  const differences: Difference[] = [];
  for (const [key, side] of wanted) {
    const other = there.get(key);
    const difference = other === undefined ? "only in the source" : differenceOf(side, other);
    if (difference === undefined) continue;
    const { namespace, cidr, text } = side;
    differences.push({
      difference,
      namespace,
      cidr,
      source: text,
      ...(other === undefined ? {} : { cluster: other.text }),
    });
  }
  for (const [key, { namespace, cidr, text }] of there)
    if (!wanted.has(key) && namespaces.has(namespace))
      differences.push({ difference: "only in the cluster", namespace, cidr, cluster: text });
  return inOrder(differences);
}

function differenceOf(a: Side, b: Side): DifferenceKind | undefined {
  if (a.kind !== b.kind) return "another kind";
  return a.owner === b.owner ? undefined : "another owner";
}

function isOfClaim({ metadata, spec }: Subnet, claims: ReadonlySet<string>): boolean {
  const name = spec.claimRef?.name;
  return name !== undefined && claims.has(`${metadata.namespace}/${name}`);
}

/**
 * By namespace and block. A pool and a block of one range are two, since a pool may lie in a pool of its
 * range.
 */
function sidesOf(objects: readonly PlannedKind[]): Map<string, Side> {
  const sides = new Map<string, Side>();
  for (const object of objects) {
    const { kind, metadata, spec } = object;
    const cidr = blockOf(object);
    if (cidr === undefined) continue;
    const namespace = metadata.namespace ?? "";
    const owner = "clusterID" in spec && kind === "SubnetClaim" ? spec.clusterID : "";
    const text = `${kind} ${metadata.name}${owner === "" ? "" : ` of ${owner}`}`;
    const shape = kind === "SubnetPool" ? "pool" : "block";
    sides.set(JSON.stringify([namespace, shape, cidr]), { namespace, cidr, kind, owner, text });
  }
  return sides;
}

function blockOf(object: PlannedKind): string | undefined {
  if (object.kind === "SubnetPool") return (object as SubnetPool).spec.cidr;
  if (object.kind === "Subnet") return (object as Subnet).spec.cidr;
  if (object.kind !== "SubnetClaim") return undefined;
  const { status, spec } = object as SubnetClaim;
  const record = recordOf(object as SubnetClaim)?.block;
  return status?.allocatedCIDR ?? spec.requestedCIDR ?? (record && formatPrefix(record));
}

function inOrder(differences: readonly Difference[]): Difference[] {
  return differences
    .map((each) => ({ each, prefix: parsePrefix(each.cidr) }))
    .sort(
      (a, b) =>
        compareText(a.each.namespace, b.each.namespace) ||
        (a.prefix.ok && b.prefix.ok ? comparePrefixes(a.prefix.value, b.prefix.value) : 0) ||
        compareText(a.each.difference, b.each.difference),
    )
    .map(({ each }) => each);
}

const STYLES: Readonly<Record<DifferenceKind, Style>> = {
  "only in the source": "good",
  "only in the cluster": "bad",
  "another owner": "warn",
  "another kind": "warn",
};

export function differenceTable(differences: readonly Difference[], same: number): Line[] {
  if (differences.length === 0)
    return [[styled(`The source and the cluster have the same ${same} blocks.`, "good")]];
  return table(
    [
      { title: "NAMESPACE" },
      { title: "CIDR" },
      { title: "DIFFERENCE" },
      { title: "IN THE SOURCE" },
      { title: "IN THE CLUSTER" },
    ],
    differences.map(({ namespace, cidr, difference, source, cluster }) => [
      [namespace],
      [styled(cidr, "bold")],
      [styled(difference, STYLES[difference])],
      [source ?? ""],
      [cluster ?? ""],
    ]),
  );
}
