/** What a comparison would do about the differences, what each guard stopped, and why. */
import type { BalancerStep, BalancersAnswer } from "../api/answers.ts";
import { CopyLine } from "../shell/copy-line.tsx";
import { Empty, PageNote } from "../shell/page-states.tsx";
import { displaySentence, displayText } from "../text/display-text.ts";
import { counted } from "../text/quantity.ts";

const FATES: readonly { readonly id: BalancerStep["fate"]; readonly title: string; readonly tone: string }[] =
  [
    { id: "do", title: "Would be done", tone: "chip good" },
    { id: "held back", title: "Held back", tone: "chip" },
    { id: "stopped", title: "Stopped by a guard", tone: "chip bad" },
  ];

export function Plan({ plan }: { readonly plan: BalancersAnswer["plan"] }) {
  if (plan === undefined) {
    return (
      <Empty title="There is no plan">
        <p>A plan needs both sides: the pools of MetalLB and the ledger.</p>
      </Empty>
    );
  }
  return (
    <>
      <p>
        Mode <code>{plan.mode}</code>: {counted(plan.steps.length, "step")}
      </p>
      {plan.doubt === undefined ? null : (
        <PageNote title="Nothing would be applied" tone="warn">
          <p>{displayText(plan.doubt)}</p>
        </PageNote>
      )}
      {plan.steps.length === 0 ? <Empty title="Nothing to do: both sides are in sync" /> : null}
      {FATES.map(({ id, title, tone }) => (
        <Steps key={id} title={title} tone={tone} steps={plan.steps.filter(({ fate }) => fate === id)} />
      ))}
      <CopyLine text="plexaubnet lb plan" what="the command" />
    </>
  );
}

interface StepsProps {
  readonly title: string;
  readonly tone: string;
  readonly steps: readonly BalancerStep[];
}

function Steps({ title, tone, steps }: StepsProps) {
  if (steps.length === 0) return null;
  return (
    <section className="card wide" aria-label={title}>
      <h2>
        {title} <span className={tone}>{steps.length}</span>
      </h2>
      <ul className="plain-list">
        {steps.map(({ id, side, does, subject, message, guard }) => (
          <li key={id}>
            <span className="chip">{side}</span> {displayText(does)}{" "}
            <span className="mono">{displayText(subject)}</span>
            <p className="soft">
              {displaySentence(message)}
              {guard === undefined ? null : <span className="chip bad"> {displayText(guard)}</span>}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
