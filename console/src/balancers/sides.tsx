/** Both sides of each pool, and the sentence about each difference. */
import type { BalancerDifference, BalancerPoolRow } from "../api/answers.ts";
import { UsageBar } from "../shell/usage-bar.tsx";
import { displaySentence, displayText } from "../text/display-text.ts";
import { formatCount } from "../text/quantity.ts";

export function Differences({ differences }: { readonly differences: readonly BalancerDifference[] }) {
  if (differences.length === 0) return null;
  return (
    <section className="card" aria-label="Differences">
      <h2>What differs</h2>
      <ul className="plain-list">
        {differences.map(({ kind, subject, field, sentence }) => (
          <li key={`${kind} ${subject} ${field}`}>
            <span className="chip warn">{kind}</span> <span className="mono">{displayText(subject)}</span>
            <p>{displaySentence(sentence)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Sides({ pools }: { readonly pools: readonly BalancerPoolRow[] }) {
  return (
    <section className="card wide" aria-label="Pools">
      <table className="plain-table sides">
        <thead>
          <tr>
            <th scope="col">
              <span className="unseen">Whether both sides are equal</span>
            </th>
            <th scope="col">Pool</th>
            <th scope="col">Ledger</th>
            <th scope="col">Cluster</th>
            <th scope="col">Differs in</th>
            <th scope="col">Used</th>
          </tr>
        </thead>
        <tbody>
          {pools.map((row) => (
            <SideRow key={row.name} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function SideRow({ row }: { readonly row: BalancerPoolRow }) {
  const { name, ledger, cluster, differsIn, addresses, used } = row;
  const differs = differsIn.length > 0;
  const size = Number(addresses);
  return (
    <tr className={differs ? "differs" : undefined}>
      <td className="sign">
        <span aria-hidden="true">{differs ? "≠" : "="}</span>
        <span className="unseen">{differs ? "differs" : "equal"}</span>
      </td>
      <th scope="row">{displayText(name)}</th>
      <Ranges ranges={ledger} other={cluster} />
      <Ranges ranges={cluster} other={ledger} />
      <td>
        {differs ? (
          <span className="chip warn">{displayText(differsIn.join(", "))}</span>
        ) : (
          <span className="soft">–</span>
        )}
      </td>
      <td>
        <UsageBar percent={size > 0 ? (used / size) * 100 : 0} />{" "}
        <span className="soft">
          {formatCount(used)} of {formatCount(BigInt(addresses))}
        </span>
      </td>
    </tr>
  );
}

/** A range that the other side does not have is marked. */
function Ranges({
  ranges,
  other,
}: {
  readonly ranges: readonly string[] | undefined;
  readonly other: readonly string[] | undefined;
}) {
  if (ranges === undefined) return <td className="absent">not there</td>;
  return (
    <td className="mono">
      {ranges.map((range) => (
        <div key={range}>
          {other?.includes(range) ? (
            range
          ) : (
            <mark title="The other side does not have this range">{range}</mark>
          )}
        </div>
      ))}
    </td>
  );
}
