/** Claims: what waits, since when, for what, and what would help. */
import { useQuery } from "@tanstack/react-query";
import type { SortingState } from "@tanstack/react-table";
import { useMemo } from "react";
import type { ClaimRow } from "../api/answers.ts";
import { claimsQuery } from "../api/queries.ts";
import { ObjectPanel } from "../panel/object-panel.tsx";
import { go, hrefWith, usePlace } from "../route/location.ts";
import { NamespacePicker } from "../shell/namespace-picker.tsx";
import { Empty } from "../shell/page-states.tsx";
import { FilterField } from "../table/filter-field.tsx";
import { type PagedQuery, PagedTable } from "../table/paged-table.tsx";
import { displayText } from "../text/display-text.ts";
import { formatCount } from "../text/quantity.ts";
import { claimColumns } from "./claim-columns.tsx";

type State = "waiting" | "bound" | "all";

const STATES: readonly { readonly id: State; readonly title: string }[] = [
  { id: "waiting", title: "Waiting" },
  { id: "bound", title: "Bound" },
  { id: "all", title: "All" },
];

/** What the URL names of the page. */
function useClaimsPlace() {
  const place = usePlace();
  const read = (name: string) => place.query.get(name) ?? undefined;
  const state: State = STATES.find(({ id }) => id === read("state"))?.id ?? "waiting";
  const [sort, order] = [read("sort"), read("order")];
  const sorting: SortingState = sort === undefined ? [] : [{ id: sort, desc: order === "desc" }];
  const query = {
    namespace: read("namespace"),
    pool: read("pool"),
    filter: read("filter"),
    state,
    sort,
    order,
  };
  const set = (changes: Record<string, string | undefined>) =>
    go(hrefWith(place, changes), { replace: true });
  return { place, query, sorting, open: read("open"), set };
}

export default function ClaimsPage() {
  const { place, query, sorting, open, set } = useClaimsPlace();
  const { state, filter, pool } = query;
  const columns = useMemo(
    () => claimColumns(state, (row) => hrefWith(place, { open: keyOf(row) })),
    [state, place],
  );
  const [kind, namespace, name] = open?.split("/") ?? [];
  return (
    <div className={open === undefined ? "list-page" : "list-page has-panel"}>
      <div className="list-main">
        <ClaimsHead query={query} onChange={set} />
        <PagedTable<ClaimRow>
          label="Claims"
          columns={columns}
          keyOf={keyOf}
          rowHeight={state === "bound" ? 48 : 60}
          pageAt={(offset, limit) =>
            claimsQuery({ ...query, offset, limit }) as unknown as PagedQuery<ClaimRow>
          }
          sorting={sorting}
          onSort={([next]) => set({ sort: next?.id, order: next?.desc ? "desc" : "asc" })}
          empty={<NoClaims state={state} isFiltered={filter !== undefined || pool !== undefined} />}
        />
      </div>
      {kind === undefined || namespace === undefined || name === undefined ? null : (
        <ObjectPanel kind={kind} namespace={namespace} name={name} onClose={() => set({ open: undefined })} />
      )}
    </div>
  );
}

const keyOf = ({ kind, namespace, name }: ClaimRow): string => `${kind}/${namespace}/${name}`;

interface ClaimsHeadProps {
  readonly query: ReturnType<typeof useClaimsPlace>["query"];
  readonly onChange: (changes: Record<string, string | undefined>) => void;
}

function ClaimsHead({ query, onChange }: ClaimsHeadProps) {
  const { namespace, pool, filter, state } = query;
  const counts = useQuery(claimsQuery({ namespace, pool, filter, state, limit: 1 })).data?.counts;
  return (
    <header className="list-head">
      <h1>Claims</h1>
      <fieldset className="segmented">
        <legend className="unseen">State</legend>
        {STATES.map(({ id, title }) => (
          <button
            key={id}
            type="button"
            className="button"
            aria-pressed={state === id}
            onClick={() => onChange({ state: id === "waiting" ? undefined : id })}
          >
            {title} {counts === undefined || id === "all" ? "" : formatCount(counts[id])}
          </button>
        ))}
      </fieldset>
      <FilterField
        label="Filter claims"
        placeholder="Name, cluster or pool"
        value={filter ?? ""}
        onChange={(value) => onChange({ filter: value || undefined })}
      />
      <NamespacePicker value={namespace} onChange={(value) => onChange({ namespace: value })} />
      {pool === undefined ? null : (
        <button type="button" className="button" onClick={() => onChange({ pool: undefined })}>
          Pool {displayText(pool)} <span aria-hidden="true">✕</span>
          <span className="unseen">: show all pools</span>
        </button>
      )}
    </header>
  );
}

function NoClaims({ state, isFiltered }: { readonly state: State; readonly isFiltered: boolean }) {
  if (isFiltered) return <Empty title="0 claims match" />;
  if (state === "waiting") {
    return (
      <Empty title="No claim waits">
        <p>
          Every claim is Bound. One that cannot be fulfilled appears here with its reason and what would help.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="There is no claim yet">
      <p>
        Choose a free block on the map, or run <code>plexaubnet claim POOL --cluster ID</code>.
      </p>
    </Empty>
  );
}
