/** How full something is: a bar, and the number beside it. */
import { formatPercent } from "../text/quantity.ts";

const FULL_PERCENT = 90;
const BUSY_PERCENT = 70;

/** As in the tree of the CLI: from 70 % busy, from 90 % full. */
export function loadOf(percent: number): "calm" | "busy" | "full" {
  return percent >= FULL_PERCENT ? "full" : percent >= BUSY_PERCENT ? "busy" : "calm";
}

export function UsageBar({ percent }: { readonly percent: number }) {
  return (
    <span className="usage">
      <span className="usage-track" aria-hidden="true">
        <span
          className={`usage-fill is-${loadOf(percent)}`}
          style={{ width: `${Math.min(100, percent)}%` }}
        />
      </span>
      <span className="usage-number">{formatPercent(percent)}</span>
    </span>
  );
}
