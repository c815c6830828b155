/** Which Service has which address, and whether the ledger has recorded it. */
import type { BalancerUsageRow } from "../api/answers.ts";
import { Empty } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";

/** As many as one reads at once; the others are counted. */
const MOST_ROWS = 1000;

export function Usage({ rows }: { readonly rows: readonly BalancerUsageRow[] }) {
  if (rows.length === 0) return <Empty title="No address is in use" />;
  return (
    <section className="card wide" aria-label="Usage">
      <table className="plain-table">
        {rows.length > MOST_ROWS ? <caption>{`The first ${MOST_ROWS} of ${rows.length}`}</caption> : null}
        <thead>
          <tr>
            <th scope="col">Address</th>
            <th scope="col">Service</th>
            <th scope="col">Pool</th>
            <th scope="col">In the ledger</th>
            <th scope="col">In the cluster</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map(({ ip, namespace, service, pool, recorded, isInCluster }) => (
            <tr
              key={`${ip} ${namespace}/${service}`}
              className={recorded === undefined || !isInCluster ? "differs" : undefined}
            >
              <th scope="row" className="mono">
                {ip}
              </th>
              <td>{displayText(`${namespace}/${service}`)}</td>
              <td>{displayText(pool ?? "–")}</td>
              <td>
                {recorded === undefined ? (
                  <span className="chip warn">not recorded</span>
                ) : (
                  displayText(recorded)
                )}
              </td>
              <td>{isInCluster ? "has it" : <span className="chip warn">gone</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
