/** How much was decided over the time that the list covers. */
import { useMemo } from "react";
import type { ActivityEntry } from "../api/answers.ts";
import { LineChart } from "../shell/line-chart.tsx";
import { formatDuration } from "../text/quantity.ts";
import { rateOf } from "./by-day.ts";

export function ActivityChart({ entries }: { readonly entries: readonly ActivityEntry[] }) {
  const rate = useMemo(() => rateOf(entries), [entries]);
  const series = useMemo(
    () =>
      rate === undefined
        ? []
        : ([
            { title: "Decided", values: rate.decided, colour: "accent", kind: "bars" },
            { title: "Waits or failed", values: rate.waits, colour: "warn", kind: "bars" },
          ] as const),
    [rate],
  );
  if (rate === undefined) return null;
  return (
    <LineChart label={`Decisions in each ${formatDuration(rate.step)}`} times={rate.times} series={series} />
  );
}
