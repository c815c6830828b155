/** Incidents: the list, and the analysis of one as a page that can be printed. */
import { useQuery } from "@tanstack/react-query";
import type { IncidentRow } from "../api/answers.ts";
import { incidentsQuery } from "../api/queries.ts";
import { Link } from "../route/link.tsx";
import { href } from "../route/location.ts";
import { Empty, Failure, Loading, PageNote } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";
import { ageOf, dateTime } from "../text/quantity.ts";
import { Incident } from "./incident.tsx";
import { statusTone } from "./status-tone.ts";

export default function IncidentsPage({ parts }: { readonly parts: readonly string[] }) {
  const [id] = parts;
  return id === undefined ? <IncidentList /> : <Incident key={id} id={id} />;
}

function IncidentList() {
  const { data, error } = useQuery(incidentsQuery());
  if (data === undefined)
    return error === null ? <Loading what="the incidents" isPage /> : <Failure error={error} isPage />;
  return (
    <div className="cards-page">
      <h1>Incidents</h1>
      {data.ledgerMessage === undefined ? null : (
        <PageNote title="Nothing of the ledger" tone="warn">
          <p>{displayText(data.ledgerMessage)}</p>
        </PageNote>
      )}
      {data.rows.length > 0 ? (
        <Rows rows={data.rows} />
      ) : data.ledgerMessage === undefined ? (
        <Empty title="No incident">
          <p>
            One is opened automatically as soon as a comparison finds a difference between MetalLB and the
            ledger.
          </p>
        </Empty>
      ) : null}
    </div>
  );
}

function Rows({ rows }: { readonly rows: readonly IncidentRow[] }) {
  return (
    <section className="card wide" aria-label="Incidents">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Incident</th>
            <th scope="col">Status</th>
            <th scope="col">Severity</th>
            <th scope="col">Opened</th>
            <th scope="col" className="numeric">
              Last change
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, title, status, severity, openedAt, changedAt }) => (
            <tr key={id}>
              <th scope="row">
                <Link href={href(["incidents", id])}>{displayText(title)}</Link>
                <div className="mono soft">{id}</div>
              </th>
              <td>
                <span className={statusTone(status)}>{displayText(status)}</span>
              </td>
              <td>{displayText(severity)}</td>
              <td className="mono nowrap">{dateTime(openedAt)}</td>
              <td className="numeric nowrap">{ageOf(changedAt, Date.now())} ago</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
