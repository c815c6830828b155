/**
 * A table of any length: it holds the rows that are on the screen and asks for those alone, sorted and filtered by the
 * server. Columns and sorting are those of TanStack Table, what is on the screen is known by TanStack Virtual.
 */
import { keepPreviousData, useQueries } from "@tanstack/react-query";
import {
  type ColumnDef,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { type ReactNode, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { canvasUnit } from "../map/use-size.ts";
import { Empty, Failure, Loading } from "../shell/page-states.tsx";
import { formatCount } from "../text/quantity.ts";
import { offsetsOf, PAGE_SIZE, type Page, rowsByNumber } from "./pages-of.ts";
import { TableHead } from "./table-head.tsx";

export const FEATURES = tableFeatures({ rowSortingFeature });

/** A row and its number in the whole list. */
export interface Numbered<Row> {
  readonly index: number;
  readonly row: Row;
}

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** As in `grid-template-columns`. */
  readonly width: string;
  /** Whether the server sorts by it; in which order at first. */
  readonly sort?: "asc" | "desc";
  readonly isNumeric?: boolean;
  /** Left out where the browser's window is narrower than so many rem. */
  readonly from?: number;
}

export interface PagedQuery<Row> {
  readonly queryKey: readonly unknown[];
  readonly queryFn: (context: { signal: AbortSignal }) => Promise<Page<Row>>;
}

export interface PagedTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly pageAt: (offset: number, limit: number) => PagedQuery<Row>;
  readonly keyOf: (row: Row) => string;
  readonly sorting: SortingState;
  readonly onSort: (sorting: SortingState) => void;
  /** Where there is no row. */
  readonly empty: ReactNode;
  readonly rowHeight?: number;
}

const ROW_HEIGHT = 40;
/** Before and after those on the screen. */
const OVERSCAN = 12;

export function PagedTable<Row>(props: PagedTableProps<Row>) {
  const { label, keyOf, sorting, onSort, empty, rowHeight = ROW_HEIGHT } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useFittingColumns(props.columns);
  const { pages, total, error, isLoading, setWindow } = usePages(props);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    onChange: ({ range }) => {
      if (range !== null) setWindow(range.startIndex - OVERSCAN, range.endIndex + OVERSCAN);
    },
  });
  const items = virtual.getVirtualItems();
  const numbered = useMemo(() => visible(items, rowsByNumber(pages)), [items, pages]);
  const definitions = useMemo(() => columns.map(definitionOf), [columns]);
  const table = useTable({
    features: FEATURES,
    columns: definitions,
    data: numbered as Numbered<Row>[],
    getRowId: ({ row }) => keyOf(row),
    manualSorting: true,
    enableMultiSort: false,
    enableSortingRemoval: false,
    state: { sorting },
    onSortingChange: (next) => onSort(typeof next === "function" ? next(sorting) : next),
  });
  if (error !== null) return <Failure error={error} />;
  if (isLoading) return <Loading what={label} />;
  if (total === 0) return <>{empty ?? <Empty title="Nothing here" />}</>;
  const template = columns.map(({ width }) => width).join(" ");
  return (
    <section
      className="table-scroll"
      ref={scroller}
      tabIndex={0}
      aria-label={`${label}, ${formatCount(total)} rows`}
    >
      <div
        className="table"
        role="table"
        aria-label={label}
        aria-rowcount={total + 1}
        aria-colcount={columns.length}
      >
        <TableHead groups={table.getHeaderGroups()} columns={columns} template={template} />
        <div className="table-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {table.getRowModel().rows.map((row) => (
            <Row
              key={row.id}
              index={row.original.index}
              top={row.original.index * rowHeight}
              height={rowHeight}
              template={template}
            >
              {columns.map((column) => (
                <Cell key={column.id} column={column}>
                  {column.cell(row.original.row)}
                </Cell>
              ))}
            </Row>
          ))}
        </div>
      </div>
    </section>
  );
}

/** Those that there is room for. */
function useFittingColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  const rem = useSyncExternalStore(listenToResize, () => Math.floor(innerWidth / (16 * canvasUnit())));
  return useMemo(() => columns.filter(({ from = 0 }) => rem >= from), [columns, rem]);
}

function listenToResize(listener: () => void): () => void {
  addEventListener("resize", listener);
  return () => removeEventListener("resize", listener);
}

function definitionOf<Row>(column: Column<Row>): ColumnDef<typeof FEATURES, Numbered<Row>> {
  return {
    id: column.id,
    header: column.title,
    accessorFn: ({ row }) => row,
    enableSorting: column.sort !== undefined,
    sortDescFirst: column.sort === "desc",
  };
}

function visible<Row>(items: readonly VirtualItem[], rows: ReadonlyMap<number, Row>): Numbered<Row>[] {
  return items.flatMap(({ index }) => {
    const row = rows.get(index);
    return row === undefined ? [] : [{ index, row }];
  });
}

function usePages<Row>({ pageAt }: PagedTableProps<Row>) {
  const [offsets, setOffsets] = useState<readonly number[]>([0]);
  const answers = useQueries({
    queries: offsets.map((offset) => ({
      ...pageAt(offset, PAGE_SIZE),
      // Of the same page: another one would be wrong.
      placeholderData: offset === 0 ? keepPreviousData : undefined,
    })),
  });
  const pages = answers.map(({ data }) => data as Page<Row> | undefined);
  const totals = useRef(0);
  const total = pages.find((page) => page !== undefined)?.total ?? totals.current;
  totals.current = total;
  const failed = answers.find(({ error, data }) => error !== null && data === undefined);
  return {
    pages,
    total,
    error: failed?.error ?? null,
    isLoading: total === 0 && answers.some(({ isPending }) => isPending),
    setWindow: (first: number, last: number) => {
      const next = offsetsOf(first, last, total);
      if (next.join() !== offsets.join()) setOffsets(next);
    },
  };
}

interface RowProps {
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly template: string;
  readonly children: ReactNode;
}

function Row({ index, top, height, template, children }: RowProps) {
  return (
    <div
      className="table-row"
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)`, height, gridTemplateColumns: template }}
    >
      {children}
    </div>
  );
}

function Cell<R>({ column, children }: { readonly column: Column<R>; readonly children: ReactNode }) {
  return (
    <div className={column.isNumeric ? "table-cell numeric" : "table-cell"} role="cell">
      {children}
    </div>
  );
}
