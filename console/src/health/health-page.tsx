/** Is it alive? The leader, the watches, the queues, and how fresh what is shown is. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { HealthAnswer } from "../api/answers.ts";
import { useLinkState } from "../api/link-state.ts";
import { healthQuery } from "../api/queries.ts";
import { Failure, Loading } from "../shell/page-states.tsx";
import { useSession } from "../shell/session-context.ts";
import { displayText } from "../text/display-text.ts";
import { ageOf, dateTime, formatCount } from "../text/quantity.ts";

export default function HealthPage() {
  const { data, error } = useQuery(healthQuery());
  if (data === undefined)
    return error === null ? <Loading what="the health" isPage /> : <Failure error={error} isPage />;
  return (
    <div className="cards-page">
      <h1>Health</h1>
      <p className="health-sentence">{displayText(data.sentence)}</p>
      <div className="cards">
        <Leader leader={data.leader} />
        <Where health={data} />
        <Watches watches={data.watches} />
        <Queues queues={data.queues} />
      </div>
    </div>
  );
}

function Card({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="card">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const ago = (time: string | undefined): ReactNode =>
  time === undefined ? (
    <span className="soft">never</span>
  ) : (
    <span title={dateTime(time)}>{ageOf(time, Date.now())} ago</span>
  );

function Leader({ leader }: Pick<HealthAnswer, "leader">) {
  return (
    <Card title="Leader">
      {leader.holder === undefined ? (
        <p>{displayText(leader.message ?? "There is no Lease: no operator runs with leader election.")}</p>
      ) : (
        <dl className="facts">
          <Row name="holder">
            {displayText(leader.holder)}{" "}
            <span className={leader.isExpired ? "chip bad" : "chip good"}>
              {leader.isExpired ? "expired" : "holds it"}
            </span>
          </Row>
          <Row name="renewed">{ago(leader.renewedAt)}</Row>
        </dl>
      )}
    </Card>
  );
}

function Where({ health }: { readonly health: HealthAnswer }) {
  const session = useSession();
  const link = useLinkState();
  const { connection } = health;
  return (
    <Card title="What is shown">
      <dl className="facts">
        <Row name="cluster">{displayText(session?.cluster ?? "")}</Row>
        <Row name="API server">
          <span className="mono">{displayText(session?.server ?? "")}</span>{" "}
          <span className={connection.state === "live" ? "chip good" : "chip warn"}>{connection.state}</span>
        </Row>
        {connection.message === undefined ? null : <Row name="">{displayText(connection.message)}</Row>}
        <Row name="last heard of">{ago(connection.lastSeen)}</Row>
        <Row name="last decision">{ago(health.lastDecision)}</Row>
        <Row name="viewer">{displayText(session?.user ?? "the API server does not report it")}</Row>
        <Row name="console">
          {displayText(session?.version ?? "")}, started {ago(health.console.startedAt)},{" "}
          {formatCount(health.console.streams)} {health.console.streams === 1 ? "page" : "pages"} open
        </Row>
        <Row name="this page">
          {link.state === "live" ? "gets changes as they happen" : "is not connected"}
        </Row>
      </dl>
    </Card>
  );
}

function Watches({ watches }: Pick<HealthAnswer, "watches">) {
  return (
    <Card title="Watches">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col" className="numeric">
              Objects
            </th>
            <th scope="col">State</th>
            <th scope="col" className="numeric">
              Last change
            </th>
          </tr>
        </thead>
        <tbody>
          {watches.map(({ kind, objects, isSynced, lastChange }) => (
            <tr key={kind}>
              <th scope="row">{kind}</th>
              <td className="numeric">{formatCount(objects)}</td>
              <td>
                <span className={isSynced ? "chip good" : "chip warn"}>
                  {isSynced ? "in sync" : "listing"}
                </span>
              </td>
              <td className="numeric nowrap">{ago(lastChange)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Queues({ queues }: { readonly queues: HealthAnswer["queues"] | undefined }) {
  return (
    <Card title="Queues">
      {queues === undefined ? (
        <p className="soft">
          The operator runs in another process: its metrics (<code>workqueue_depth</code>) have its queues.
        </p>
      ) : (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Controller</th>
              <th scope="col" className="numeric">
                Waiting
              </th>
            </tr>
          </thead>
          <tbody>
            {queues.map(({ controller, depth }) => (
              <tr key={controller}>
                <th scope="row">{displayText(controller)}</th>
                <td className="numeric">{formatCount(depth)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
