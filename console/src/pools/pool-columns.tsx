/** The columns of the pools: those of `plexaubnet tree`, and what a screen has room for beside them. */
import type { CSSProperties } from "react";
import type { PoolRow, PoolSort } from "../api/answers.ts";
import { Link } from "../route/link.tsx";
import { href } from "../route/location.ts";
import { UsageBar } from "../shell/usage-bar.tsx";
import type { Column } from "../table/paged-table.tsx";
import { displayText } from "../text/display-text.ts";
import { formatCount, formatPercent } from "../text/quantity.ts";
import { FreeSizes } from "./free-sizes.tsx";

export const SORT_OF_COLUMN: Readonly<Record<string, PoolSort>> = {
  name: "name",
  cidr: "address",
  use: "use",
  blocks: "blocks",
  free: "free",
  fragmentation: "fragmentation",
  waiting: "waiting",
  full: "full",
};

export const POOL_COLUMNS: readonly Column<PoolRow>[] = [
  {
    id: "name",
    title: "Pool",
    width: "minmax(10rem, 2.2fr)",
    sort: "asc",
    cell: (row) => <PoolNameCell row={row} />,
  },
  {
    id: "cidr",
    title: "CIDR",
    from: 44,
    width: "minmax(9rem, 1fr)",
    sort: "asc",
    cell: (row) => <span className="mono">{row.cidr}</span>,
  },
  {
    id: "use",
    title: "Used",
    width: "minmax(8rem, 1fr)",
    sort: "desc",
    cell: (row) => <UsageBar percent={row.usePercent} />,
  },
  {
    id: "blocks",
    title: "Blocks",
    from: 56,
    width: "5rem",
    sort: "desc",
    isNumeric: true,
    cell: (row) => formatCount(row.blockCount),
  },
  {
    id: "free",
    title: "Free blocks by size",
    from: 70,
    width: "minmax(12rem, 1.6fr)",
    sort: "desc",
    cell: (row) => <FreeSizes free={row.free} />,
  },
  {
    id: "fragmentation",
    title: "Fragmented",
    from: 84,
    width: "6.5rem",
    sort: "desc",
    isNumeric: true,
    cell: (row) => formatPercent(row.fragmentationPercent),
  },
  {
    id: "full",
    title: "Full in",
    from: 64,
    width: "7.5rem",
    sort: "asc",
    isNumeric: true,
    cell: (row) => <FullIn row={row} />,
  },
  {
    id: "waiting",
    title: "Waiting",
    from: 48,
    width: "5.5rem",
    sort: "desc",
    isNumeric: true,
    cell: (row) => <Waiting row={row} />,
  },
  {
    id: "state",
    title: "State",
    from: 60,
    width: "minmax(7rem, 1fr)",
    cell: (row) => <PoolState row={row} />,
  },
];

function PoolNameCell({ row }: { readonly row: PoolRow }) {
  return (
    <span className="pool-name" style={{ "--depth": Math.min(row.depth, 12) } as CSSProperties}>
      {row.depth > 0 ? <span className="rail" aria-hidden="true" /> : null}
      <Link className="cut" href={href(["map", row.namespace, row.pool])} title={displayText(row.pool)}>
        {displayText(row.pool)}
      </Link>
    </span>
  );
}

function FullIn({ row }: { readonly row: PoolRow }) {
  if (row.daysToFull === undefined) return <span className="soft">–</span>;
  const days = Math.ceil(row.daysToFull);
  return (
    <span title={`${formatPercent(row.growthPercent)} of its addresses in the last 30 days`}>
      {formatCount(days)} {days === 1 ? "day" : "days"}
    </span>
  );
}

function Waiting({ row }: { readonly row: PoolRow }) {
  if (row.waitingCount === 0) return <span className="soft">0</span>;
  return (
    <Link className="chip warn" href={href(["claims"], { namespace: row.namespace, pool: row.pool })}>
      {formatCount(row.waitingCount)}
    </Link>
  );
}

function PoolState({ row }: { readonly row: PoolRow }) {
  const [first, ...others] = row.complaints;
  if (first !== undefined) {
    return (
      <span className="chip bad" title={displayText(row.complaints.map(({ message }) => message).join("\n"))}>
        {displayText(first.reason)}
        {others.length > 0 ? ` +${others.length}` : ""}
      </span>
    );
  }
  return row.isPaused ? <span className="chip warn">Paused</span> : <span className="chip good">Ready</span>;
}
