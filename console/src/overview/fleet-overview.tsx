/** All pools at once: areas by size, nested as they are, dark by how full they are. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { PoolRow } from "../api/answers.ts";
import { poolsQuery } from "../api/queries.ts";
import { utilizationLook } from "../map/palette.ts";
import { useSize } from "../map/use-size.ts";
import { Link } from "../route/link.tsx";
import { go, href } from "../route/location.ts";
import { NamespacePicker } from "../shell/namespace-picker.tsx";
import { Empty, Failure, Loading } from "../shell/page-states.tsx";
import { useTheme } from "../shell/theme.ts";
import { displayText } from "../text/display-text.ts";
import { counted, formatPercent } from "../text/quantity.ts";
import { type Area, areasOf } from "./areas.ts";

/** The server's most; beyond it, the table of pools has all. */
const MOST_POOLS = 500;

export function FleetOverview({ namespace }: { readonly namespace: string | undefined }) {
  const { data, error } = useQuery(poolsQuery({ namespace, tree: 1, limit: MOST_POOLS }));
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const theme = useTheme();
  const areas = useMemo(
    () => (data === undefined || size === undefined ? [] : areasOf(data.rows, size)),
    [data, size],
  );
  if (error !== null) return <Failure error={error} isPage />;
  return (
    <section className="overview" aria-label="All pools">
      <header className="list-head">
        <h1>All pools</h1>
        <NamespacePicker
          value={namespace}
          onChange={(value) => go(href(value === undefined ? ["map"] : ["map", value]))}
        />
        <p className="soft">
          {data === undefined ? "" : counted(data.total, "pool")}
          {data !== undefined && data.total > MOST_POOLS ? `, the first ${MOST_POOLS} are drawn` : ""}. Area
          by number of addresses (its logarithm), darkness by how much of it is used.
        </p>
      </header>
      <div className="overview-box" ref={box}>
        {data === undefined ? <Loading what="the pools" /> : null}
        {data?.rows.length === 0 ? <Empty title="There is no pool here" /> : null}
        <ul className="areas">
          {areas.map((area) => (
            <AreaOf
              key={`${area.row.namespace}/${area.row.pool}`}
              area={area}
              colours={utilizationLook(theme, area.row.usePercent)}
            />
          ))}
        </ul>
      </div>
    </section>
  );
}

interface AreaOfProps {
  readonly area: Area<PoolRow>;
  readonly colours: { readonly fill: string; readonly ink: string };
}

function AreaOf({ area: { row, x, y, width, height }, colours: { fill, ink } }: AreaOfProps) {
  const label = `${displayText(row.pool)} ${row.cidr}, ${formatPercent(row.usePercent)} used`;
  return (
    <li style={{ transform: `translate(${x}px, ${y}px)`, width, height }}>
      <Link
        className="area"
        href={href(["map", row.namespace, row.pool])}
        title={label}
        style={{ background: fill, color: ink }}
      >
        <span className="cut area-name">
          {displayText(row.pool)} <span className="mono">{row.cidr}</span> {formatPercent(row.usePercent)}
        </span>
      </Link>
    </li>
  );
}
