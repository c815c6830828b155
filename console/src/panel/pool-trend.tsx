/** How full a pool became in the last 30 days, by the blocks that it has today. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { trendQuery } from "../api/queries.ts";
import { LineChart } from "../shell/line-chart.tsx";

interface PoolTrendProps {
  readonly namespace: string;
  readonly pool: string;
}

export default function PoolTrend({ namespace, pool }: PoolTrendProps) {
  const { data } = useQuery(trendQuery({ namespace, pool }));
  const points = data?.points;
  const times = useMemo(() => points?.map(({ at }) => Date.parse(at) / 1000) ?? [], [points]);
  const series = useMemo(
    () =>
      [
        {
          title: "Used",
          values: points?.map(({ usePercent }) => usePercent) ?? [],
          colour: "accent",
          kind: "line",
        },
      ] as const,
    [points],
  );
  if (times.length < 2) return null;
  return (
    <div className="panel-part">
      <LineChart
        label="Used in the last 30 days, by today's blocks"
        times={times}
        series={series}
        unit=" %"
      />
    </div>
  );
}
