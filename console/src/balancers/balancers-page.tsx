/** Load balancers: the pools of MetalLB and of the ledger beside each other, what differs, and what a plan would do. */
import { useQuery } from "@tanstack/react-query";
import type { BalancersAnswer } from "../api/answers.ts";
import { balancersQuery } from "../api/queries.ts";
import { go, hrefWith, usePlace } from "../route/location.ts";
import { Empty, Failure, Loading, PageNote } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";
import { counted } from "../text/quantity.ts";
import { History } from "./history.tsx";
import { Plan } from "./plan.tsx";
import { Differences, Sides } from "./sides.tsx";
import { Usage } from "./usage.tsx";

const PARTS = [
  { id: "pools", title: "Pools" },
  { id: "usage", title: "Usage" },
  { id: "plan", title: "Plan" },
  { id: "history", title: "History" },
] as const;

type Part = (typeof PARTS)[number]["id"];

export default function BalancersPage() {
  const { data, error } = useQuery(balancersQuery());
  const place = usePlace();
  if (data === undefined)
    return error === null ? <Loading what="the load balancers" isPage /> : <Failure error={error} isPage />;
  const part: Part = PARTS.find(({ id }) => id === place.query.get("part"))?.id ?? "pools";
  return (
    <div className="cards-page">
      <header className="list-head">
        <h1>Load balancers</h1>
        <DifferenceChip answer={data} />
        <fieldset className="segmented">
          <legend className="unseen">Part</legend>
          {PARTS.map(({ id, title }) => (
            <button
              key={id}
              type="button"
              className="button"
              aria-pressed={part === id}
              onClick={() =>
                go(hrefWith(place, { part: id === "pools" ? undefined : id }), { replace: true })
              }
            >
              {title}
            </button>
          ))}
        </fieldset>
      </header>
      <Messages answer={data} />
      <PartOf answer={data} part={part} />
    </div>
  );
}

function DifferenceChip({
  answer: { differences, ledgerMessage, clusterMessage },
}: {
  readonly answer: BalancersAnswer;
}) {
  // Of one side alone nothing can be said about the other.
  if (ledgerMessage !== undefined || clusterMessage !== undefined) return null;
  const count = differences.length;
  return (
    <span className={count === 0 ? "chip good" : "chip warn"}>
      {count === 0 ? "both sides in sync" : counted(count, "difference")}
    </span>
  );
}

function Messages({ answer: { ledgerMessage, clusterMessage } }: { readonly answer: BalancersAnswer }) {
  return (
    <>
      {ledgerMessage === undefined ? null : (
        <PageNote title="Nothing of the ledger" tone="warn">
          <p>{displayText(ledgerMessage)}</p>
        </PageNote>
      )}
      {clusterMessage === undefined ? null : (
        <PageNote title="Nothing of the cluster" tone="warn">
          <p>{displayText(clusterMessage)}</p>
        </PageNote>
      )}
    </>
  );
}

function PartOf({ answer, part }: { readonly answer: BalancersAnswer; readonly part: Part }) {
  if (part === "usage") return <Usage rows={answer.usage} />;
  if (part === "plan") return <Plan plan={answer.plan} />;
  if (part === "history") return <History entries={answer.history} />;
  if (answer.pools.length === 0) {
    return (
      <Empty title="No pool on either side">
        <p>MetalLB has no IPAddressPool, and the ledger no row.</p>
      </Empty>
    );
  }
  return (
    <>
      <Differences differences={answer.differences} />
      <Sides pools={answer.pools} />
    </>
  );
}
