/** An address plan as manifests: pools, claims for exactly a block, and Subnets for blocks without an owner. */
import { basename } from "node:path/posix";
import {
  API_VERSION,
  recordLabels,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
} from "../../api/index.ts";
import { formatPrefix, type Prefix } from "../../ipam/index.ts";
import {
  DESCRIPTION,
  IMPORTED_FROM,
  IMPORTED_NAME,
  IMPORTED_OWNER,
  IMPORTED_ROLE,
  IMPORTED_STATUS,
  IMPORTED_VRF,
} from "../annotations.ts";
import { nameOfBlock } from "../block.ts";
import { isName, namesFor, nameWith } from "../names.ts";
import type { Origin, Row } from "../row.ts";
import type { AddressPlan, PlannedBlock, PlannedPool } from "./address-plan.ts";
import { type PlannedKind, verbatimObject } from "./verbatim.ts";

export interface PlannedObject {
  readonly object: PlannedKind;
  /** Undefined of a pool of `--within`. */
  readonly origin: Origin | undefined;
}

export interface Renamed {
  /** `cluster`, `name` or `VRF`. */
  readonly what: string;
  readonly words: string;
  readonly name: string;
}

export interface PlannedObjects {
  readonly objects: readonly PlannedObject[];
  /** Words that are no names here, and what they are called instead. */
  readonly renamed: readonly Renamed[];
}

/** @param taken `namespace/name` of pools, claims and Subnets of the cluster, which others must not be called */
export function objectsOf(plan: AddressPlan, taken: ReadonlySet<string> = new Set()): PlannedObjects {
  const own = plan.verbatim.map(({ namespace, row }) => `${namespace}/${row.own?.name}`);
  const reserved = new Set([...taken, ...own]);
  const poolNames = namesOf(plan.pools, reserved, poolWords);
  const owners = namesFor(plan.blocks.flatMap(({ row }) => row.owner ?? []));
  const clusters = new Set(owners.values());
  const blockNames = namesOf(plan.blocks, reserved, (block) => blockWords(block, owners));
  const objects = [
    ...plan.pools
      .filter(({ existingName }) => existingName === undefined)
      .map((pool) => ({ object: poolOf(pool, poolNames), origin: pool.row?.origin })),
    ...plan.blocks.map((block) => ({
      object: blockOf(block, blockNames, poolNames, owners, clusters),
      origin: block.row.origin,
    })),
    ...plan.verbatim.map((item) => ({ object: verbatimObject(item), origin: item.row.origin })),
  ];
  return { objects, renamed: renamedIn(plan, objects, owners) };
}

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────

interface Named {
  readonly namespace: string;
  readonly prefix: Prefix;
}

/** A name for each, of those words where only one has them, else with the block behind them. */
function namesOf<T extends Named>(
  all: readonly T[],
  reserved: ReadonlySet<string>,
  wordsOf: (item: T) => string | undefined,
): Map<T, string> {
  const names = new Map<T, string>();
  for (const [namespace, items] of Map.groupBy(all, (item) => item.namespace)) {
    const words = new Map(items.map((item) => [item, wordsOf(item)]));
    const uses = Map.groupBy(words.values(), (each) => each);
    const plain = namesFor([...words.values()].filter((each) => each !== undefined));
    for (const item of items) {
      const said = words.get(item);
      const name = said === undefined ? undefined : plain.get(said);
      const isAlone =
        name !== undefined && uses.get(said)?.length === 1 && !reserved.has(`${namespace}/${name}`);
      names.set(item, isAlone ? name : blockName(name, item, reserved));
    }
  }
  return names;
}

function blockName(
  name: string | undefined,
  { namespace, prefix }: Named,
  reserved: ReadonlySet<string>,
): string {
  const block = nameOfBlock(prefix);
  const bare = name === undefined ? block : nameWith(name, block);
  return reserved.has(`${namespace}/${bare}`) ? nameWith("imported", block) : bare;
}

function poolWords({ row, existingName }: PlannedPool): string | undefined {
  return existingName ?? row?.own?.name ?? row?.name;
}

/** A claim is named after its owner, where the row has no name for it. */
function blockWords({ row }: PlannedBlock, owners: ReadonlyMap<string, string>): string | undefined {
  return row.own?.name ?? row.name ?? (row.owner === undefined ? undefined : owners.get(row.owner));
}

// ── objects ────────────────────────────────────────────────────────────────────────────────────────────────

function metadataOf(namespace: string, name: string, row: Row | undefined, clusterID?: string) {
  const words = row?.own?.name ?? row?.name;
  const texts: readonly (readonly [string, string | undefined])[] = [
    [DESCRIPTION, row?.description],
    [IMPORTED_FROM, row && sourceOf(row.origin)],
    [IMPORTED_NAME, words !== undefined && !isName(words) ? words : undefined],
    [IMPORTED_OWNER, row?.owner === clusterID ? undefined : row?.owner],
    [IMPORTED_ROLE, row?.role],
    [IMPORTED_STATUS, row?.status],
    [IMPORTED_VRF, row?.vrf],
  ];
  const annotations = Object.fromEntries(texts.filter(([, text]) => text !== undefined)) as Record<
    string,
    string
  >;
  return { name, namespace, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) };
}

/** The file without its folders; of an object of an API, the host. */
function sourceOf({ file }: Origin): string {
  return file.endsWith("/") ? (file.split("/")[0] ?? file) : basename(file);
}

function nameOf(pool: PlannedPool, names: ReadonlyMap<PlannedPool, string>): string {
  return pool.existingName ?? names.get(pool) ?? nameOfBlock(pool.prefix);
}

function poolOf(pool: PlannedPool, names: ReadonlyMap<PlannedPool, string>): SubnetPool {
  const { namespace, prefix, parent, row } = pool;
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: metadataOf(namespace, nameOf(pool, names), row),
    spec: {
      cidr: formatPrefix(prefix),
      ...(parent === undefined ? {} : { parentRef: { name: nameOf(parent, names) } }),
    },
  };
}

/** The record that a block stands under makes the purpose, so that a cluster may have any number of blocks of a pool. */
function blockOf(
  block: PlannedBlock,
  names: ReadonlyMap<PlannedBlock, string>,
  poolNames: ReadonlyMap<PlannedPool, string>,
  owners: ReadonlyMap<string, string>,
  clusters: ReadonlySet<string>,
): SubnetClaim | Subnet {
  const { namespace, prefix, row, pool } = block;
  const name = names.get(block) ?? nameOfBlock(prefix);
  const poolRef = nameOf(pool, poolNames);
  const cidr = formatPrefix(prefix);
  const clusterID = row.owner === undefined ? undefined : owners.get(row.owner);
  if (clusterID === undefined || row.own?.kind === "Subnet") {
    const own = clusterID ?? subnetClusterID(name, prefix, clusters);
    return {
      apiVersion: API_VERSION,
      kind: "Subnet",
      metadata: metadataOf(namespace, name, row, clusterID),
      spec: { poolRef, cidr, clusterID: own },
    };
  }
  const purpose = row.own?.purpose ?? nameOfBlock(prefix);
  const claim: SubnetClaim = {
    apiVersion: API_VERSION,
    kind: "SubnetClaim",
    metadata: metadataOf(namespace, name, row, clusterID),
    spec: { poolRef, clusterID, purpose, requestedCIDR: cidr },
  };
  const labels = recordLabels(claim, prefix, IMPORTED_LIFE);
  return { ...claim, metadata: { ...claim.metadata, labels } };
}

/** A life that no claim ever has: the record is remembered, and the claim gets this block and no other. */
const IMPORTED_LIFE = "imported";

/** A Subnet of a cluster's own name would be taken over by a claim of that cluster. */
function subnetClusterID(name: string, prefix: Prefix, clusters: ReadonlySet<string>): string {
  return clusters.has(name) || !isName(name) ? nameOfBlock(prefix) : name;
}

// ── what is said ───────────────────────────────────────────────────────────────────────────────────────────

function renamedIn(
  { vrfs }: AddressPlan,
  objects: readonly PlannedObject[],
  owners: ReadonlyMap<string, string>,
): Renamed[] {
  const changed = (what: string, pairs: Iterable<readonly [string, string]>): Renamed[] =>
    [...pairs].flatMap(([words, name]) => (words === name ? [] : [{ what, words, name }]));
  const names = objects.flatMap(({ object: { metadata } }) => {
    const words = metadata.annotations?.[IMPORTED_NAME];
    return words === undefined ? [] : [[words, metadata.name] as const];
  });
  return [...changed("VRF", vrfs), ...changed("cluster", owners), ...changed("name", names)];
}
