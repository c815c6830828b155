/** An analysis: statements, each with how it is known and with evidence that can be followed. */
import { useQuery } from "@tanstack/react-query";
import type { IncidentAnswer, IncidentSection } from "../api/answers.ts";
import { incidentQuery } from "../api/queries.ts";
import { Link } from "../route/link.tsx";
import { href } from "../route/location.ts";
import { CopyLine } from "../shell/copy-line.tsx";
import { Failure, Loading } from "../shell/page-states.tsx";
import { displayLines, displayText } from "../text/display-text.ts";
import { dateTime } from "../text/quantity.ts";
import { statusTone } from "./status-tone.ts";

export function Incident({ id }: { readonly id: string }) {
  const { data, error } = useQuery(incidentQuery(id));
  if (data === undefined)
    return error === null ? <Loading what="the analysis" isPage /> : <Failure error={error} isPage />;
  return (
    <article className="incident">
      <nav className="crumbs no-print" aria-label="Where this is">
        <ol>
          <li>
            <Link href={href(["incidents"])}>Incidents</Link>
          </li>
          <li className="mono">{data.id}</li>
        </ol>
      </nav>
      <Head incident={data} />
      {data.sections.map((section, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sections are in the order of the document, and titles may repeat.
        <Section key={`${section.title} ${index}`} section={section} />
      ))}
      <Evidence evidence={data.evidence} />
      <section className="no-print">
        <h2>In a terminal</h2>
        <CopyLine text={`plexaubnet rca show ${data.id}`} what="the command" />
      </section>
    </article>
  );
}

function Head({ incident }: { readonly incident: IncidentAnswer }) {
  const { title, status, severity, openedAt, closedAt } = incident;
  return (
    <header className="incident-head">
      <h1>{displayText(title)}</h1>
      <p>
        <span className={statusTone(status)}>{displayText(status)}</span>{" "}
        <span className="chip">severity {displayText(severity)}</span>{" "}
        <span className="soft">
          opened {dateTime(openedAt)}
          {closedAt === undefined ? "" : `, closed ${dateTime(closedAt)}`}
        </span>
      </p>
      <button type="button" className="button no-print" onClick={() => print()}>
        Print
      </button>
    </header>
  );
}

function Section({ section: { title, statements } }: { readonly section: IncidentSection }) {
  return (
    <section>
      <h2>{displayText(title)}</h2>
      <ul className="statements">
        {statements.map(({ text, basis, evidence }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: statements are in the order of the document, and may repeat.
          <li key={index}>
            <p className="statement">{displayLines(text)}</p>
            {basis === undefined && evidence.length === 0 ? null : (
              <p className="basis soft">
                {basis}
                {evidence.length > 0 ? ": " : ""}
                {evidence.map((each, place) => (
                  <span key={each}>
                    {place > 0 ? ", " : ""}
                    <a href={`#${each}`}>{each}</a>
                  </span>
                ))}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Evidence({ evidence }: Pick<IncidentAnswer, "evidence">) {
  if (evidence.length === 0) return null;
  return (
    <section>
      <h2>Evidence</h2>
      <dl className="evidence">
        {evidence.map(({ id, at, source, sentence }) => (
          <div key={id} id={id} tabIndex={-1}>
            <dt className="mono">{id}</dt>
            <dd>
              <span className="soft">
                {dateTime(at)} · {displayText(source)}
              </span>
              <p>{displayLines(sentence)}</p>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
