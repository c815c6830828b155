/** The head of a table: titles, by which one sorts where the server can. */
import type { HeaderGroup, RowData } from "@tanstack/react-table";
import type { Column, FEATURES } from "./paged-table.tsx";

interface TableHeadProps<Data extends RowData, Row> {
  readonly groups: readonly HeaderGroup<typeof FEATURES, Data>[];
  readonly columns: readonly Column<Row>[];
  readonly template: string;
}

const ARIA_SORT = { asc: "ascending", desc: "descending" } as const;

export function TableHead<Data extends RowData, Row>({
  groups,
  columns,
  template,
}: TableHeadProps<Data, Row>) {
  return (
    <div className="table-head" role="rowgroup">
      {groups.map((group) => (
        <div
          key={group.id}
          className="table-row"
          role="row"
          aria-rowindex={1}
          style={{ gridTemplateColumns: template }}
        >
          {group.headers.map(({ id, column }, index) => {
            const sorted = column.getIsSorted();
            const { title = "", isNumeric } = columns[index] ?? {};
            return (
              <div
                key={id}
                role="columnheader"
                className={isNumeric ? "table-cell numeric" : "table-cell"}
                aria-sort={sorted === false ? undefined : ARIA_SORT[sorted]}
              >
                {column.getCanSort() ? (
                  <button type="button" className="sort" onClick={() => column.toggleSorting()}>
                    {title}
                    <span aria-hidden="true">{sorted === "asc" ? " ↑" : sorted === "desc" ? " ↓" : ""}</span>
                  </button>
                ) : (
                  title
                )}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}
