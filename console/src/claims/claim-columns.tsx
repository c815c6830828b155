/** The columns of the claims: the reason where they wait, the block where they are Bound. */
import type { ClaimRow } from "../api/answers.ts";
import { Link } from "../route/link.tsx";
import { href } from "../route/location.ts";
import type { Column } from "../table/paged-table.tsx";
import { displaySentence, displayText } from "../text/display-text.ts";
import { ageOf, dateTime } from "../text/quantity.ts";

export function claimColumns(
  state: "waiting" | "bound" | "all",
  hrefOf: (row: ClaimRow) => string,
): readonly Column<ClaimRow>[] {
  const columns: (Column<ClaimRow> | false)[] = [
    {
      id: "name",
      title: "Claim",
      width: "minmax(8.5rem, 1.2fr)",
      sort: "asc",
      cell: (row) => (
        <span className="two-lines">
          <Link className="cut" href={hrefOf(row)} title={displayText(row.name)}>
            {displayText(row.name)}
          </Link>
          <span className="soft cut">
            {row.kind === "SubnetPoolClaim" ? "child pool" : displayText(row.cluster ?? "")}
            {row.purpose ? ` · ${displayText(row.purpose)}` : ""}
          </span>
        </span>
      ),
    },
    {
      id: "pool",
      title: "Pool",
      from: 44,
      width: "minmax(9rem, 1fr)",
      sort: "asc",
      cell: (row) => (
        <Link className="cut" href={href(["map", row.namespace, row.pool])}>
          {displayText(row.pool)}
        </Link>
      ),
    },
    {
      id: "request",
      title: "Requests",
      from: 56,
      width: "8.5rem",
      cell: (row) => <span className="mono">{row.wants === "" ? "default size" : row.wants}</span>,
    },
    state !== "waiting" && {
      id: "cidr",
      title: "Block",
      width: "minmax(9rem, 1fr)",
      cell: (row) => <Block row={row} />,
    },
    state !== "bound" && {
      id: "reason",
      title: "Reason, and what would help",
      width: "minmax(11rem, 3fr)",
      sort: "asc",
      cell: (row) => <Reason row={row} />,
    },
    {
      id: "since",
      title: "Since",
      from: 36,
      width: "7.5rem",
      sort: "asc",
      isNumeric: true,
      cell: (row) => (
        <span title={row.since === undefined ? "" : dateTime(row.since)}>
          {ageOf(row.since, Date.now()) ?? "–"}
        </span>
      ),
    },
  ];
  return columns.filter((column) => column !== false);
}

function Block({ row }: { readonly row: ClaimRow }) {
  if (row.cidr === undefined) return <span className="soft">–</span>;
  return (
    <Link className="mono" href={href(["map", row.namespace, row.pool], { at: row.cidr })}>
      {row.cidr}
    </Link>
  );
}

function Reason({ row }: { readonly row: ClaimRow }) {
  if (row.phase === "Bound") return <span className="chip good">Bound</span>;
  return (
    <span className="reason">
      <span className={row.phase === "Error" ? "chip bad" : "chip warn"}>
        {displayText(row.reason ?? row.phase)}
      </span>
      <span className="clamp" title={displaySentence(row.message ?? "")}>
        {displaySentence(row.message ?? "The operator has not decided it yet.")}
      </span>
    </span>
  );
}
