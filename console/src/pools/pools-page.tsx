/** All pools: as a tree or sorted, how full they are, what is free and in which sizes, and when they will be full. */
import type { SortingState } from "@tanstack/react-table";
import type { PoolRow, PoolSort } from "../api/answers.ts";
import { poolsQuery } from "../api/queries.ts";
import { go, hrefWith, usePlace } from "../route/location.ts";
import { NamespacePicker } from "../shell/namespace-picker.tsx";
import { Empty } from "../shell/page-states.tsx";
import { FilterField } from "../table/filter-field.tsx";
import { type PagedQuery, PagedTable } from "../table/paged-table.tsx";
import { POOL_COLUMNS, SORT_OF_COLUMN } from "./pool-columns.tsx";

export default function PoolsPage() {
  const place = usePlace();
  const { query } = place;
  const [filter, namespace, sort, order] = ["filter", "namespace", "sort", "order"].map(
    (name) => query.get(name) ?? undefined,
  );
  const isTree = sort === undefined && filter === undefined;
  const set = (changes: Record<string, string | undefined>) =>
    go(hrefWith(place, changes), { replace: true });
  const sorting: SortingState = sort === undefined ? [] : [{ id: sort, desc: order === "desc" }];
  return (
    <div className="list-page">
      <header className="list-head">
        <h1>Pools</h1>
        <FilterField
          label="Filter pools"
          placeholder="Name, CIDR or address"
          value={filter ?? ""}
          onChange={(value) => set({ filter: value || undefined })}
        />
        <NamespacePicker value={namespace} onChange={(value) => set({ namespace: value })} />
        <button
          type="button"
          className="button"
          aria-pressed={isTree}
          onClick={() => set({ sort: undefined, order: undefined, filter: undefined })}
        >
          Tree
        </button>
      </header>
      <PagedTable<PoolRow>
        label="Pools"
        columns={POOL_COLUMNS}
        keyOf={(row) => `${row.namespace}/${row.pool}`}
        pageAt={(offset, limit) =>
          poolsQuery({
            namespace,
            filter,
            offset,
            limit,
            ...(isTree
              ? { tree: 1 }
              : { sort: SORT_OF_COLUMN[sort ?? ""] ?? ("address" as PoolSort), order: order ?? "asc" }),
          }) as unknown as PagedQuery<PoolRow>
        }
        sorting={sorting}
        onSort={([next]) => set({ sort: next?.id, order: next?.desc ? "desc" : "asc" })}
        empty={
          filter === undefined ? (
            <Empty title="There is no pool yet">
              <p>
                A SubnetPool holds a range of addresses, and claims get blocks of it. Create one with{" "}
                <code>kubectl apply</code>, or bring an address plan with <code>plexaubnet import FILE</code>.
              </p>
            </Empty>
          ) : (
            <Empty title="0 pools match">
              <p>No name contains it, and no pool has addresses of it.</p>
            </Empty>
          )
        }
      />
    </div>
  );
}
