/** What was decided, the newest first, as it happens. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { ActivityAnswer, ActivityEntry, ActivityWhat } from "../api/answers.ts";
import { onActivity } from "../api/live-queries.ts";
import { requestJson, withQuery } from "../api/request.ts";
import { Link } from "../route/link.tsx";
import { go, href, hrefWith, usePlace } from "../route/location.ts";
import { NamespacePicker } from "../shell/namespace-picker.tsx";
import { Empty, Failure, Loading } from "../shell/page-states.tsx";
import { displayText } from "../text/display-text.ts";
import { clockTime, counted } from "../text/quantity.ts";
import { ActivityChart } from "./activity-chart.tsx";
import { byDay } from "./by-day.ts";

const PAGE = 100;

export default function ActivityPage() {
  const place = usePlace();
  const namespace = place.query.get("namespace") ?? undefined;
  const pool = place.query.get("pool") ?? undefined;
  const [isPaused, setPaused] = useState(false);
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useActivity(
    { namespace, pool },
    isPaused,
  );
  if (error !== null) return <Failure error={error} isPage />;
  if (data === undefined) return <Loading what="the activity" isPage />;
  const entries = data.pages.flatMap((page) => page.entries);
  return (
    <div className="list-page">
      <header className="list-head">
        <h1>Activity</h1>
        <NamespacePicker
          value={namespace}
          onChange={(value) => go(hrefWith(place, { namespace: value }), { replace: true })}
        />
        <button type="button" className="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          Pause
        </button>
        <p className="soft">
          {isPaused ? "Paused: what is decided meanwhile appears when you go on." : "Live"}
        </p>
      </header>
      {entries.length === 0 ? (
        <Empty title="Nothing was decided yet">
          <p>Allocations, releases and claims that wait appear here as they happen.</p>
        </Empty>
      ) : (
        <div className="feed-scroll">
          <ActivityChart entries={entries} />
          <Feed entries={entries} />
          {hasNextPage ? (
            <button
              type="button"
              className="button"
              disabled={isFetchingNextPage}
              onClick={() => fetchNextPage()}
            >
              Earlier
            </button>
          ) : (
            <p className="soft">
              {counted(entries.length, "entry").replace("entrys", "entries")}: the console knows no earlier
              ones.
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function useActivity(
  query: { readonly namespace: string | undefined; readonly pool: string | undefined },
  isPaused: boolean,
) {
  const answer = useInfiniteQuery({
    // Not read again with every event: the newest page is, below.
    queryKey: ["feed", query],
    queryFn: ({ pageParam, signal }) =>
      requestJson<ActivityAnswer>(withQuery("/api/activity", { ...query, before: pageParam, limit: PAGE }), {
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ entries }) => (entries.length < PAGE ? undefined : entries.at(-1)?.id),
  });
  const { refetch } = answer;
  useEffect(() => {
    if (isPaused) return;
    refetch();
    return onActivity(() => refetch());
  }, [isPaused, refetch]);
  return answer;
}

const TONES: Readonly<Record<ActivityWhat, string>> = {
  created: "chip",
  allocated: "chip good",
  bound: "chip good",
  waits: "chip warn",
  released: "chip",
  failed: "chip bad",
  changed: "chip",
  deleted: "chip",
};

function Feed({ entries }: { readonly entries: readonly ActivityEntry[] }) {
  return (
    <div className="feed">
      {byDay(entries).map(({ day, entries: ofDay }) => (
        <section key={day} aria-label={day}>
          <h2 className="feed-day">{day}</h2>
          <ol className="feed-list">
            {ofDay.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function Entry({ entry }: { readonly entry: ActivityEntry }) {
  const { at, what, sentence, pool, cidr, namespace } = entry;
  return (
    <li className="feed-entry">
      <time className="mono soft" dateTime={at}>
        {clockTime(Date.parse(at))}
      </time>
      <span className={TONES[what]}>{what}</span>
      <span className="feed-sentence">{displayText(sentence)}</span>
      {pool === undefined || cidr === undefined ? null : (
        <Link className="mono" href={href(["map", namespace, pool], { at: cidr })}>
          {cidr}
        </Link>
      )}
    </li>
  );
}
