/** Pools as nested areas. Pure: from rows in the order of a tree to rectangles. */
import { type HierarchyNode, hierarchy, treemap } from "d3-hierarchy";
import { parseBlock, widthOf } from "../address/address.ts";

export interface PoolInTree {
  readonly namespace: string;
  readonly pool: string;
  readonly cidr: string;
  readonly parent?: string;
}

export interface Area<Row> {
  readonly row: Row;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Branch<Row> {
  readonly row: Row | undefined;
  readonly children: Branch<Row>[];
}

/** Room for the name of a pool above its child pools. */
const HEAD = 22;
const GAP = 3;

/** Parents before their children, so that these are drawn above them. */
export function areasOf<Row extends PoolInTree>(
  rows: readonly Row[],
  { width, height }: { readonly width: number; readonly height: number },
): readonly Area<Row>[] {
  const root = hierarchy(treeOf(rows))
    .sum(({ row, children }) => (children.length > 0 || row === undefined ? 0 : weightOf(row)))
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const placed = treemap<Branch<Row>>()
    .size([width, height])
    .paddingInner(GAP)
    .paddingOuter(GAP)
    .paddingTop(headOf)
    .round(true)(root);
  return placed.descendants().flatMap(({ data, x0, y0, x1, y1 }) => {
    const isVisible = data.row !== undefined && x1 - x0 >= 2 && y1 - y0 >= 2;
    return isVisible && data.row !== undefined
      ? [{ row: data.row, x: x0, y: y0, width: x1 - x0, height: y1 - y0 }]
      : [];
  });
}

const headOf = <Row>({ depth, children }: HierarchyNode<Branch<Row>>): number =>
  depth > 0 && children ? HEAD : GAP;

/** A /8 is 65,536 times as large as a /24, and both should be seen: by the number of bits of its addresses, squared. */
function weightOf({ cidr }: PoolInTree): number {
  const block = parseBlock(cidr);
  const bits = block === undefined ? 0 : widthOf(block.family) - block.length;
  return (Math.min(bits, 40) + 2) ** 2;
}

/** A pool whose parent is not in the list stands at the root, and so do pools that name each other as parents. */
function treeOf<Row extends PoolInTree>(rows: readonly Row[]): Branch<Row> {
  const root: Branch<Row> = { row: undefined, children: [] };
  const known = new Map<string, Branch<Row>>();
  for (const row of rows) {
    const branch: Branch<Row> = { row, children: [] };
    const parent = row.parent === undefined ? undefined : known.get(`${row.namespace}/${row.parent}`);
    (parent ?? root).children.push(branch);
    known.set(`${row.namespace}/${row.pool}`, branch);
  }
  return root;
}
