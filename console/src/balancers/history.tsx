/** What was done to the ledger, by whom and why. */
import type { BalancersAnswer } from "../api/answers.ts";
import { Empty } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";
import { dateTime } from "../text/quantity.ts";

export function History({ entries }: { readonly entries: BalancersAnswer["history"] }) {
  if (entries.length === 0) return <Empty title="Nothing was done yet" />;
  return (
    <section className="card wide" aria-label="History">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">By</th>
            <th scope="col">What</th>
            <th scope="col">Subject</th>
            <th scope="col">Because</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ at, actor, action, subject, reason }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: nothing of an entry is unique, and the list is short.
            <tr key={`${at} ${subject} ${index}`}>
              <td className="mono nowrap">{dateTime(at)}</td>
              <td>{displayText(actor)}</td>
              <td>{displayText(action)}</td>
              <th scope="row">{displayText(subject)}</th>
              <td>{displayText(reason)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
