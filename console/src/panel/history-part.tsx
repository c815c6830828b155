/** What was decided about a block or a pool, as far as the console has seen it. */
import { useQuery } from "@tanstack/react-query";
import { activityQuery } from "../api/queries.ts";
import { displayText } from "../text/display-text.ts";
import { dateTime } from "../text/quantity.ts";

interface HistoryPartProps {
  readonly namespace: string;
  readonly pool: string;
  /** Only about this block. */
  readonly cidr?: string;
}

const MOST_READ = 500;
const MOST_SHOWN = 12;

export function HistoryPart({ namespace, pool, cidr }: HistoryPartProps) {
  const { data } = useQuery(activityQuery({ namespace, pool, limit: MOST_READ }));
  if (data === undefined) return null;
  const entries = data.entries.filter((entry) => cidr === undefined || entry.cidr === cidr);
  return (
    <section className="panel-part">
      <h3>History</h3>
      {entries.length === 0 ? <p className="soft">Nothing since the console was started.</p> : null}
      <ol className="plain-list">
        {entries.slice(0, MOST_SHOWN).map(({ id, at, sentence }) => (
          <li key={id}>
            <time className="mono soft" dateTime={at}>
              {dateTime(at)}
            </time>
            <p>{displayText(sentence)}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}
