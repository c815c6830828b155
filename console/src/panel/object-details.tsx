/** What `explain`, `describe` and `get -o yaml` print about an object, on a page. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ObjectAnswer, ObjectEvent, ObjectKind, RelatedObject } from "../api/answers.ts";
import { objectQuery } from "../api/queries.ts";
import { CopyButton, CopyLine } from "../shell/copy-line.tsx";
import { Failure, Loading } from "../shell/page-states.tsx";
import { displayLines, displaySentence, displayText } from "../text/display-text.ts";
import { ageOf, dateTime } from "../text/quantity.ts";

interface ObjectDetailsProps {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
  /** Only what it is, without its conditions, Events, labels and YAML. */
  readonly isBrief?: boolean;
}

export function ObjectDetails({ kind, namespace, name, isBrief = false }: ObjectDetailsProps) {
  const [shown, setShown] = useState<{ readonly kind: ObjectKind; readonly name: string }>({ kind, name });
  const { data, error } = useQuery(objectQuery(shown.kind, namespace, shown.name));
  if (error !== null) return <Failure error={error} />;
  if (data === undefined) return <Loading what={`${shown.kind} ${shown.name}`} />;
  return (
    <>
      <section className="panel-part">
        <h3>
          <span className="soft">{data.kind}</span> {displayText(data.name)}{" "}
          <span className={data.reason === undefined ? "chip" : "chip warn"}>
            {displayText(data.reason ?? data.state)}
          </span>
        </h3>
        {data.sentences.map((sentence) => (
          <p key={sentence} className="sentence">
            {displaySentence(sentence)}
          </p>
        ))}
        <Openings answer={data} />
        <Related related={data.related} onShow={setShown} />
      </section>
      {isBrief ? null : <ObjectParts answer={data} />}
    </>
  );
}

function ObjectParts({ answer }: { readonly answer: ObjectAnswer }) {
  const { conditions, events, labels, annotations, yaml, commands } = answer;
  return (
    <>
      <Conditions conditions={conditions} />
      <Events events={events} />
      <Pairs title="Labels" pairs={labels} />
      <Pairs title="Annotations" pairs={annotations} />
      <section className="panel-part">
        <h3>In a terminal</h3>
        <CopyLine text={commands.kubectl} what="the kubectl line" />
        <CopyLine text={commands.explain} what="the explain command" />
      </section>
      <details className="panel-part">
        <summary>YAML</summary>
        <div className="yaml">
          <pre>{displayLines(yaml)}</pre>
          <CopyButton text={yaml} what="the YAML" />
        </div>
      </details>
    </>
  );
}

/** What would make room for a claim that waits. */
export function Openings({ answer }: { readonly answer: ObjectAnswer }) {
  if (answer.openings.length === 0) return null;
  return (
    <>
      <h4>What would help</h4>
      <ul className="plain-list">
        {answer.openings.map(({ block, release }) => (
          <li key={block}>
            <span className="mono">{block}</span> is free as soon as {displayText(release.join(" and "))}{" "}
            {release.length === 1 ? "is" : "are"} deleted
          </li>
        ))}
      </ul>
    </>
  );
}

interface RelatedProps {
  readonly related: readonly RelatedObject[];
  readonly onShow: (object: { readonly kind: ObjectKind; readonly name: string }) => void;
}

function Related({ related, onShow }: RelatedProps) {
  if (related.length === 0) return null;
  return (
    <ul className="related">
      {related.map(({ as, kind, name }) => (
        <li key={`${as} ${kind} ${name}`}>
          <button type="button" className="link" onClick={() => onShow({ kind, name })}>
            {as}: {displayText(name)}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Conditions({ conditions }: Pick<ObjectAnswer, "conditions">) {
  if (conditions.length === 0) return null;
  return (
    <section className="panel-part">
      <h3>Conditions</h3>
      <ul className="plain-list">
        {conditions.map(({ type, status, reason, message, since }) => (
          <li key={type}>
            <span className={status === "True" ? "chip good" : "chip warn"}>
              {displayText(type)} {status}
            </span>{" "}
            {displayText(reason)}
            {since === undefined ? null : <span className="soft"> for {ageOf(since, Date.now())}</span>}
            <p>{displaySentence(message)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Events({ events }: { readonly events: readonly ObjectEvent[] | undefined }) {
  return (
    <section className="panel-part">
      <h3>Events</h3>
      {events === undefined ? (
        <p className="soft">You may not read the Events of this namespace.</p>
      ) : events.length === 0 ? (
        <p className="soft">None of the last hour: Kubernetes keeps them no longer.</p>
      ) : (
        <ul className="plain-list">
          {events.map(({ at, type, reason, message, count }) => (
            <li key={`${at} ${reason} ${message}`}>
              <span className={type === "Warning" ? "chip warn" : "chip"}>{displayText(reason)}</span>{" "}
              <span className="soft">
                {at === undefined ? "" : dateTime(at)}
                {count > 1 ? ` × ${count}` : ""}
              </span>
              <p>{displaySentence(message)}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Pairs({
  title,
  pairs,
}: {
  readonly title: string;
  readonly pairs: Readonly<Record<string, string>>;
}) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return null;
  return (
    <section className="panel-part">
      <h3>{title}</h3>
      <dl className="pairs mono">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{displayText(name)}</dt>
            <dd>{displayText(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
