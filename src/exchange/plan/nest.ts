/** What lies in what, of one address space: by a walk over all prefixes in address order, O(n log n). */
import { comparePrefixes, contains, equals, formatPrefix, type Prefix } from "../../ipam/index.ts";
import { type Fault, originText, type Row, type Shape } from "../row.ts";

export interface Entry {
  readonly prefix: Prefix;
  /** Undefined of a pool that no row names: of the cluster, or of `--within`. */
  readonly row: Row | undefined;
  /** The pool's name, where there is one already. */
  readonly poolName?: string;
  readonly shape: Shape | undefined;
  readonly isRange: boolean;
  /** What a row that cannot be read most probably meant: others may lie in it, and nothing is said of it again. */
  readonly isShadow: boolean;
}

export interface Nested extends Entry {
  readonly parent: Nested | undefined;
  readonly children: Nested[];
}

export interface Nesting {
  /** In address order, what holds others before it. Without rows that have a fault. */
  readonly nodes: readonly Nested[];
  readonly faults: readonly Fault[];
}

export function nest(entries: readonly Entry[]): Nesting {
  const sorted = entries
    .map((entry, order) => ({ entry, order }))
    .toSorted(
      (a, b) =>
        comparePrefixes(a.entry.prefix, b.entry.prefix) ||
        rankOf(a.entry) - rankOf(b.entry) ||
        a.order - b.order,
    );
  const faults = new Map<Row, Fault>();
  const nodes: Nested[] = [];
  const around: Nested[] = [];
  for (const { entry } of sorted) {
    while (around.length > 0 && !contains((around.at(-1) as Nested).prefix, entry.prefix)) around.pop();
    const parent = around.at(-1);
    const fault = parent === undefined ? undefined : faultIn(parent, entry);
    if (fault !== undefined && entry.row !== undefined) {
      if (!faults.has(entry.row)) faults.set(entry.row, fault);
      continue;
    }
    if (entry.isShadow && parent !== undefined && equals(parent.prefix, entry.prefix)) continue;
    const node: Nested = { ...entry, parent, children: [] };
    parent?.children.push(node);
    around.push(node);
    nodes.push(node);
  }
  // Of a range that is refused, no piece comes in.
  const sound = nodes.filter(({ row }) => row === undefined || !faults.has(row));
  return { nodes: sound, faults: [...faults.values()] };
}

function rankOf({ row, shape, isShadow }: Entry): number {
  if (row === undefined) return 0;
  if (isShadow) return 4;
  if (row.isAggregate) return 1;
  return shape === "pool" ? 2 : 3;
}

/** Where the same range may be said again: of a pool that the cluster has, and of an aggregate. */
function isSoft({ row }: Entry): boolean {
  return row === undefined || row.isAggregate === true;
}

export function isLeaf({ shape, isRange }: Entry): boolean {
  return shape === "block" || (isRange && shape !== "pool");
}

function faultIn(outer: Nested, inner: Entry): Fault | undefined {
  const { row } = inner;
  if (row === undefined || inner.isShadow || outer.isShadow) return undefined;
  if (equals(outer.prefix, inner.prefix) && !isSoft(outer)) return sameBlock(outer, inner, row);
  if (outer.row !== undefined && isLeaf(outer))
    return overlap(outer.row, outer, row, "in which nothing else may lie");
  const [holder, owner] = [outer.row?.owner, row.owner];
  const isSomebodys = outer.shape === undefined && holder !== undefined && owner !== undefined;
  return isSomebodys && holder !== owner && outer.row !== undefined
    ? overlap(outer.row, outer, row, `which is ${holder}'s`)
    : undefined;
}

function sameBlock(outer: Nested, inner: Entry, row: Row): Fault {
  const first = outer.row === undefined ? "the cluster" : originText(outer.row.origin);
  const isOverlap = outer.isRange || inner.isRange;
  const text = formatPrefix(inner.prefix);
  return {
    kind: isOverlap ? "overlap" : "duplicate",
    origin: row.origin,
    message: isOverlap
      ? `${row.block} has ${text}, as the row at ${first} has`
      : `${text} is at ${first} already`,
    cure: "leave one of the two rows",
  };
}

function overlap(outerRow: Row, outer: Nested, row: Row, why: string): Fault {
  const where = originText(outerRow.origin);
  return {
    kind: "overlap",
    origin: row.origin,
    message: `${row.block} lies in ${formatPrefix(outer.prefix)} of ${where}, ${why}`,
    cure: "take one of the two rows out, or say that the outer one is a container",
  };
}
