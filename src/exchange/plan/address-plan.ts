/** Rows as pools and blocks, and what is wrong with each that can be neither. */
import {
  contains,
  formatPrefix,
  lastAddress,
  mergePrefixes,
  type Prefix,
  parsePrefix,
  prefixAround,
  rangeOf,
} from "../../ipam/index.ts";
import { defined, err, ok, type Result } from "../../kernel/index.ts";
import { readBlock } from "../block.ts";
import type { Fault, Row, Shape } from "../row.ts";
import { type Entry, isLeaf, type Nested, nest } from "./nest.ts";
import { type SpaceOptions, spacesOf } from "./spaces.ts";

export interface ExistingPool {
  readonly namespace: string;
  readonly name: string;
  readonly cidr: Prefix;
}

export interface PlanOptions extends SpaceOptions {
  /** Pools that the source does not name, in each address space that has something in them. */
  readonly within?: readonly Prefix[];
  /** Of the cluster. */
  readonly existing?: readonly ExistingPool[];
  /** Owner of the rows that name none. */
  readonly cluster?: string | undefined;
}

export interface PlannedPool {
  readonly namespace: string;
  readonly prefix: Prefix;
  /** Undefined of `--within`. */
  readonly row: Row | undefined;
  /** Of a pool that is there already: it is not made again. */
  readonly existingName: string | undefined;
  readonly parent: PlannedPool | undefined;
}

export interface PlannedBlock {
  readonly namespace: string;
  readonly prefix: Prefix;
  readonly row: Row;
  readonly pool: PlannedPool;
  /** A range has several of them. */
  readonly isPiece: boolean;
}

export interface AddressPlan {
  readonly pools: readonly PlannedPool[];
  readonly blocks: readonly PlannedBlock[];
  /** Objects that an export of ours has whole: what they are is not guessed. */
  readonly verbatim: readonly { readonly namespace: string; readonly row: Row }[];
  /** In the order of the source. */
  readonly faults: readonly Fault[];
  /** Rows without a fault, whose pool has one. */
  readonly waiting: readonly Row[];
  /** VRF → namespace. */
  readonly vrfs: ReadonlyMap<string, string>;
}

/** @returns a sentence without a full stop, when the rows that were asked for are not there */
export function planOf(all: readonly Row[], options: PlanOptions): Result<AddressPlan, string> {
  const spaces = spacesOf(all, options);
  if (!spaces.ok) return err(spaces.error);
  const { rows: chosen, namespaceOf, vrfs } = spaces.value;
  const rows = chosen.map((row) => withOwner(row, options.cluster));
  const faults: Fault[] = [];
  const verbatim = rows
    .filter((row) => isVerbatim(row) && isReadable(row, faults))
    .map((row) => ({ namespace: namespaceOf(row), row }));
  const bySpace = new Map<string, Entry[]>();
  for (const row of rows) {
    if (isVerbatim(row)) continue;
    const namespace = namespaceOf(row);
    const entries = bySpace.get(namespace) ?? [];
    bySpace.set(namespace, entries);
    entries.push(...entriesOf(row, faults));
  }
  const pools: PlannedPool[] = [];
  const blocks: PlannedBlock[] = [];
  const waiting: Row[] = [];
  for (const [namespace, entries] of bySpace) {
    const given = givenPools(namespace, entries, verbatim, options);
    const nesting = nest([...given, ...entries]);
    faults.push(...nesting.faults);
    const space = settle(namespace, nesting.nodes);
    pools.push(...space.pools);
    blocks.push(...space.blocks);
    waiting.push(...space.waiting);
    faults.push(...orphanFaults(space.orphans));
  }
  return ok({ pools, blocks, verbatim, faults: inOrder(faults, rows), waiting, vrfs });
}

function withOwner(row: Row, cluster: string | undefined): Row {
  return cluster === undefined || row.owner !== undefined || row.own !== undefined
    ? row
    : { ...row, owner: cluster };
}

export function isVerbatim({ own }: Row): boolean {
  return own?.rest !== undefined && own.name !== undefined;
}

/** A claim of an export may have no block yet. */
function isReadable(row: Row, faults: Fault[]): boolean {
  const read = row.block === "" ? undefined : readBlock(row.block);
  if (read === undefined || read.ok) return true;
  const { kind, message, cure } = read.error;
  faults.push({ kind, origin: row.origin, message, cure });
  return false;
}

function entriesOf(row: Row, faults: Fault[]): Entry[] {
  const read = readBlock(row.block);
  const shape = shapeFor(row);
  if (read.ok) {
    const { prefixes, isRange } = read.value;
    return prefixes.map((prefix) => ({ prefix, row, shape, isRange, isShadow: false }));
  }
  const { kind, message, cure, meant } = read.error;
  faults.push({ kind, origin: row.origin, message, cure });
  return meant === undefined ? [] : [{ prefix: meant, row, shape, isRange: false, isShadow: true }];
}

function shapeFor({ own, shape }: Row): Shape | undefined {
  if (own === undefined) return shape;
  return own.kind === "SubnetPool" ? "pool" : "block";
}

/** Pools that rows may lie in, and that none of them names. */
function givenPools(
  namespace: string,
  entries: readonly Entry[],
  verbatim: AddressPlan["verbatim"],
  { within = [], existing = [] }: PlanOptions,
): Entry[] {
  const given = (prefix: Prefix, poolName?: string): Entry => ({
    prefix,
    row: undefined,
    shape: "pool",
    isRange: false,
    isShadow: false,
    ...defined({ poolName }),
  });
  const own = verbatim.flatMap(({ namespace: at, row }) => {
    const parsed = parsePrefix(row.block);
    const isPool = row.own?.kind === "SubnetPool" && at === namespace;
    return isPool && parsed.ok ? [given(parsed.value, row.own?.name)] : [];
  });
  const there = existing.filter((pool) => pool.namespace === namespace);
  const taken = new Set(
    [...own.map(({ prefix }) => prefix), ...there.map(({ cidr }) => cidr)].map(formatPrefix),
  );
  const needed = within.filter(
    (prefix) => !taken.has(formatPrefix(prefix)) && entries.some((entry) => contains(prefix, entry.prefix)),
  );
  const names = new Set(own.map(({ poolName }) => poolName));
  return [
    ...own,
    ...there.filter(({ name }) => !names.has(name)).map(({ cidr, name }) => given(cidr, name)),
    ...needed.map((prefix) => given(prefix)),
  ];
}

interface Space {
  readonly pools: readonly PlannedPool[];
  readonly blocks: readonly PlannedBlock[];
  readonly waiting: readonly Row[];
  readonly orphans: readonly Nested[];
}

function settle(namespace: string, nodes: readonly Nested[]): Space {
  const pools = new Map<Nested, PlannedPool>();
  const blocks: PlannedBlock[] = [];
  const waiting = new Set<Row>();
  const orphans: Nested[] = [];
  for (const node of nodes) {
    if (node.isShadow) continue;
    const { row, prefix } = node;
    const above = poolAbove(node, pools);
    if (isPool(node)) {
      const same = above !== undefined && formatPrefix(above.prefix) === formatPrefix(prefix);
      const pool = same ? above : { namespace, prefix, row, existingName: node.poolName, parent: above };
      pools.set(node, pool);
    } else if (row !== undefined && above !== undefined) {
      blocks.push({ namespace, prefix, row, pool: above, isPiece: node.isRange });
    } else if (row !== undefined) {
      if (hasShadow(node)) waiting.add(row);
      else orphans.push(node);
    }
  }
  return { pools: [...new Set(pools.values())], blocks, waiting: [...waiting], orphans };
}

function isPool(node: Nested): boolean {
  return node.shape === "pool" || (!isLeaf(node) && node.children.length > 0);
}

function poolAbove(node: Nested, pools: ReadonlyMap<Nested, PlannedPool>): PlannedPool | undefined {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    const pool = pools.get(at);
    if (pool !== undefined) return pool;
  }
  return undefined;
}

function hasShadow(node: Nested): boolean {
  for (let at = node.parent; at !== undefined; at = at.parent) if (at.isShadow) return true;
  return false;
}

// ── rows without a pool ────────────────────────────────────────────────────────────────────────────────────

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"].flatMap(
  (text) => {
    const parsed = parsePrefix(text);
    return parsed.ok ? [parsed.value] : [];
  },
);

function orphanFaults(orphans: readonly Nested[]): Fault[] {
  const faults = new Map<Row, Fault>();
  const near = Map.groupBy(orphans, ({ prefix }) => PRIVATE.find((range) => contains(range, prefix)));
  for (const [around, those] of near) {
    const common = around === undefined ? undefined : smallestAround(those.map(({ prefix }) => prefix));
    for (const { row, prefix } of those) {
      if (row === undefined || faults.has(row)) continue;
      faults.set(row, {
        kind: "orphan",
        origin: row.origin,
        message: `${formatPrefix(prefix)} lies in no other row and in no pool`,
        cure: `add the row that it lies in, or --within ${formatPrefix(common ?? prefix)}`,
      });
    }
  }
  return [...faults.values()];
}

/** One pool for all that are near each other. */
function smallestAround(near: readonly Prefix[]): Prefix | undefined {
  const [first, ...others] = mergePrefixes(near);
  return first && prefixAround({ first: rangeOf(first).first, last: lastAddress(others.at(-1) ?? first) });
}

function inOrder(faults: readonly Fault[], rows: readonly Row[]): Fault[] {
  const position = new Map(rows.map((row, at) => [row.origin, at]));
  return faults.toSorted((a, b) => (position.get(a.origin) ?? 0) - (position.get(b.origin) ?? 0));
}
