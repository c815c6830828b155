/** A pool beside the map: how full it is and since when, what is free, what waits; and a claim on it. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { PoolRow } from "../api/answers.ts";
import { poolsQuery } from "../api/queries.ts";
import { ClaimForm } from "../claim-form/claim-form.tsx";
import { Link } from "../route/link.tsx";
import { go, href, hrefWith, usePlace } from "../route/location.ts";
import { UsageBar } from "../shell/usage-bar.tsx";
import { displaySentence, displayText } from "../text/display-text.ts";
import { counted, formatCount, formatPercent } from "../text/quantity.ts";
import { FreeBlocks } from "./free-blocks.tsx";

/** uPlot is read when there is something to draw. */
const PoolTrend = lazy(() => import("./pool-trend.tsx"));

interface PoolPartProps {
  readonly namespace: string;
  readonly pool: string;
  /** A claim without a block that was chosen: the pool chooses. */
  readonly isClaiming?: boolean;
  /** Of the pool around a block. */
  readonly isBrief?: boolean;
}

export function PoolPart({ namespace, pool, isClaiming = false, isBrief = false }: PoolPartProps) {
  const here = usePlace();
  const { data } = useQuery(poolsQuery({ namespace, filter: pool, sort: "name", limit: 100 }));
  const row = data?.rows.find((each) => each.pool === pool && each.namespace === namespace);
  if (row === undefined) return null;
  const claim = (value: string | undefined) => go(hrefWith(here, { claim: value }), { replace: true });
  return (
    <>
      <section className="panel-part">
        <h3>
          <span className="soft">Pool</span> {displayText(pool)}
        </h3>
        <UsageBar percent={row.usePercent} />
        <Figures row={row} />
        {row.complaints.map(({ type, message }) => (
          <p key={type} className="problem">
            {displaySentence(message)}
          </p>
        ))}
        {isBrief || isClaiming ? null : (
          <p>
            <button type="button" className="button" onClick={() => claim("1")}>
              Claim a block of it
            </button>
          </p>
        )}
      </section>
      {isClaiming ? (
        <ClaimForm namespace={namespace} pool={pool} block={undefined} onClose={() => claim(undefined)} />
      ) : null}
      {isBrief ? null : (
        <>
          <Suspense>
            <PoolTrend namespace={namespace} pool={pool} />
          </Suspense>
          <FreeBlocks namespace={namespace} pool={pool} sizes={row.free} />
        </>
      )}
    </>
  );
}

function Figures({ row }: { readonly row: PoolRow }) {
  const { namespace, pool, blockCount, largestFreeLength, fragmentationPercent, waitingCount, daysToFull } =
    row;
  const full = daysToFull === undefined ? undefined : counted(Math.ceil(daysToFull), "day");
  return (
    <p>
      {counted(blockCount, "block")}; the largest free one is{" "}
      {largestFreeLength === undefined ? "none" : `a /${largestFreeLength}`},{" "}
      {formatPercent(fragmentationPercent)} fragmented
      {full === undefined ? "" : `; full in ${full} if it goes on as in the last 30 days`}.{" "}
      {waitingCount === 0 ? null : (
        <Link href={href(["claims"], { namespace, pool })}>
          {formatCount(waitingCount)} {waitingCount === 1 ? "claim waits" : "claims wait"}
        </Link>
      )}
    </p>
  );
}
