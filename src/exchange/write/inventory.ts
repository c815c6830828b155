/** A fleet as a list of pools, blocks and free space, in an order that depends on nothing but what is in it. */
import {
  BLOCK_LABEL,
  BLOCK_OWNER_LABEL,
  isLive,
  PARENT_LABEL,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { comparePrefixes, formatPrefix, type Prefix, parsePrefix, remainderOf } from "../../ipam/index.ts";
import { compareText, defined } from "../../kernel/index.ts";
import { DESCRIPTION, IMPORTED_OWNER, IMPORTED_ROLE, IMPORTED_VRF } from "../annotations.ts";
import type { PlannedKind } from "../plan/verbatim.ts";
import type { ObjectRest, OwnRecord } from "../row.ts";

export interface InventoryObject {
  /** As in a manifest: without a status, and with its record of a block where it has one. */
  readonly manifest: PlannedKind;
  readonly block: Prefix | undefined;
  /** A phase. */
  readonly status: string;
}

export interface InventoryEntry {
  readonly kind: OwnRecord["kind"] | "free";
  readonly namespace: string;
  /** That it is out of; of a pool its parent. */
  readonly pool: string | undefined;
  readonly name: string | undefined;
  readonly cidr: string | undefined;
  readonly cluster: string | undefined;
  readonly purpose: string | undefined;
  readonly status: string | undefined;
  readonly description: string | undefined;
  /** For tools that have a word for it: what the row was imported with. */
  readonly foreign: { readonly vrf?: string; readonly owner?: string; readonly role?: string };
  readonly more: ObjectRest | undefined;
}

export interface InventorySource {
  readonly objects: readonly InventoryObject[];
  /** What holds addresses of a pool and is not a row itself: Subnets of claims, and of child pools. */
  readonly hidden: readonly Subnet[];
}

export function inventoryOf({ objects, hidden }: InventorySource): InventoryEntry[] {
  const entries = objects.map((object) => ({ entry: entryOf(object), block: object.block }));
  const pools = objects.filter(({ manifest }) => manifest.kind === "SubnetPool");
  const held = heldByPool(objects, hidden);
  const free = pools.flatMap(({ manifest, block }) => {
    if (block === undefined) return [];
    const { namespace = "", name } = manifest.metadata;
    const taken = [...(held.get(`${namespace}/${name}`) ?? []), ...reservedOf(manifest as SubnetPool)];
    return remainderOf(block, taken).map((prefix) => ({
      entry: freeEntry(namespace, name, prefix),
      block: prefix,
    }));
  });
  return [...entries, ...free].toSorted(compare).map(({ entry }) => entry);
}

const RANKS: readonly InventoryEntry["kind"][] = [
  "SubnetPool",
  "SubnetPoolClaim",
  "SubnetClaim",
  "Subnet",
  "free",
];

interface Placed {
  readonly entry: InventoryEntry;
  readonly block: Prefix | undefined;
}

/** By address, so that what lies in a pool stands below it; what has no block yet comes last. */
function compare(a: Placed, b: Placed): number {
  return (
    compareText(a.entry.namespace, b.entry.namespace) ||
    Number(a.block === undefined) - Number(b.block === undefined) ||
    (a.block !== undefined && b.block !== undefined ? compareBlocks(a.block, b.block) : 0) ||
    RANKS.indexOf(a.entry.kind) - RANKS.indexOf(b.entry.kind) ||
    compareText(a.entry.name ?? "", b.entry.name ?? "")
  );
}

function compareBlocks(a: Prefix, b: Prefix): number {
  return a.family - b.family || comparePrefixes(a, b);
}

// ── entries ────────────────────────────────────────────────────────────────────────────────────────────────

function poolOf({ spec }: PlannedKind): string | undefined {
  if ("poolRef" in spec) return spec.poolRef;
  return "parentPoolRef" in spec ? spec.parentPoolRef : undefined;
}

function parentOf({ metadata, spec }: SubnetPool): string | undefined {
  return spec.parentRef?.name || metadata.labels?.[PARENT_LABEL] || undefined;
}

function entryOf({ manifest, block, status }: InventoryObject): InventoryEntry {
  const { metadata, kind } = manifest;
  const spec = manifest.spec as Partial<SubnetClaim["spec"]>;
  const { annotations = {} } = metadata;
  const { [IMPORTED_VRF]: vrf, [IMPORTED_OWNER]: owner, [IMPORTED_ROLE]: role } = annotations;
  return {
    kind: kind as OwnRecord["kind"],
    namespace: metadata.namespace ?? "",
    pool: kind === "SubnetPool" ? parentOf(manifest as SubnetPool) : poolOf(manifest),
    name: metadata.name,
    cidr: block === undefined ? undefined : formatPrefix(block),
    cluster: spec.clusterID,
    purpose: spec.purpose || undefined,
    status,
    description: annotations[DESCRIPTION],
    foreign: {
      ...defined({ vrf, owner, role }),
    },
    more: restOf(manifest, annotations[DESCRIPTION]),
  };
}

/** The fields without a column. The record of a block is derived from the column of the block. */
function restOf({ kind, metadata, spec }: PlannedKind, description: string | undefined): ObjectRest {
  const labels = without(metadata.labels, [BLOCK_LABEL, BLOCK_OWNER_LABEL]);
  const survives = description !== undefined && survivesCell(description);
  const annotations = without(metadata.annotations, survives ? [DESCRIPTION] : []);
  const left = without(spec as Record<string, unknown>, columnsOf(kind, metadata, spec));
  return {
    ...defined({
      labels: Object.keys(labels).length === 0 ? undefined : (labels as Record<string, string>),
      annotations:
        Object.keys(annotations).length === 0 ? undefined : (annotations as Record<string, string>),
      spec: Object.keys(left).length === 0 ? undefined : left,
    }),
  };
}

function columnsOf(
  kind: string,
  metadata: PlannedKind["metadata"],
  spec: PlannedKind["spec"],
): readonly string[] {
  if (kind === "SubnetPool") {
    const hasBoth = metadata.labels?.[PARENT_LABEL] !== undefined;
    return hasBoth
      ? ["cidr"]
      : ["cidr", ...("parentRef" in spec && spec.parentRef?.name ? ["parentRef"] : [])];
  }
  if (kind === "SubnetPoolClaim") return ["parentPoolRef"];
  const purpose = "purpose" in spec && spec.purpose ? ["purpose"] : [];
  return ["poolRef", "clusterID", ...purpose, ...(kind === "Subnet" ? ["cidr"] : [])];
}

/** A cell is trimmed, and has its line breaks made one kind, where it is read. */
function survivesCell(text: string): boolean {
  return text !== "" && text === text.trim() && !text.includes("\r") && text.length <= 4096;
}

function without(
  fields: Readonly<Record<string, unknown>> | undefined,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([name]) => !names.includes(name)));
}

// ── free space ─────────────────────────────────────────────────────────────────────────────────────────────

function freeEntry(namespace: string, pool: string, prefix: Prefix): InventoryEntry {
  return {
    kind: "free",
    namespace,
    pool,
    name: undefined,
    cidr: formatPrefix(prefix),
    cluster: undefined,
    purpose: undefined,
    status: undefined,
    description: undefined,
    foreign: {},
    more: undefined,
  };
}

/** `namespace/pool` → what is taken of it: blocks, ranges of child pools, whatever else holds some. */
function heldByPool(objects: readonly InventoryObject[], hidden: readonly Subnet[]): Map<string, Prefix[]> {
  const held = new Map<string, Prefix[]>();
  const add = ({ metadata }: PlannedKind, pool: string | undefined, block: Prefix | undefined) => {
    if (pool === undefined || block === undefined) return;
    const key = `${metadata.namespace ?? ""}/${pool}`;
    const list = held.get(key) ?? [];
    held.set(key, list);
    list.push(block);
  };
  for (const { manifest, block } of objects) {
    const isPool = manifest.kind === "SubnetPool";
    add(manifest, isPool ? parentOf(manifest as SubnetPool) : poolOf(manifest as SubnetPoolClaim), block);
  }
  for (const subnet of hidden) {
    const parsed = parsePrefix(subnet.spec.cidr);
    if (isLive(subnet)) add(subnet, subnet.spec.poolRef, parsed.ok ? parsed.value : undefined);
  }
  return held;
}

function reservedOf({ spec }: SubnetPool): Prefix[] {
  return (spec.reserved ?? []).flatMap(({ cidr }) => {
    const parsed = parsePrefix(cidr);
    return parsed.ok ? [parsed.value] : [];
  });
}
