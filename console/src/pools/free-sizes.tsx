/** Free blocks by size, the largest first: `8 × /12`, and how many sizes more. */
import { formatCount } from "../text/quantity.ts";

const MOST_SIZES = 3;

export function FreeSizes({
  free,
}: {
  readonly free: readonly (readonly [length: number, count: number])[];
}) {
  if (free.length === 0) return <span className="soft">none</span>;
  const text = (sizes: typeof free) =>
    sizes.map(([length, count]) => `${formatCount(count)} × /${length}`).join(", ");
  const rest = free.length - MOST_SIZES;
  return (
    <span className="cut" title={text(free)}>
      {text(free.slice(0, MOST_SIZES))}
      {rest > 0 ? <span className="soft">{`, +${rest}`}</span> : null}
    </span>
  );
}
