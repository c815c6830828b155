/** Which answers an event makes stale, and reading them again: at once, and then not more often than one can see. */
import type { QueryClient } from "@tanstack/react-query";
import type { ActivityEntry, ChangeEvent, Connection, SessionAnswer } from "./answers.ts";
import { follow } from "./live.ts";
import type { Topic } from "./queries.ts";

/** Answers about what is in pools: read again when one of theirs changed. */
const OF_POOLS: ReadonlySet<Topic> = new Set(["map", "free", "trend", "what-if"]);
/** Read again after any change. */
const OF_ANY: ReadonlySet<Topic> = new Set(["pools", "claims", "at", "object", "search", "activity"]);

/** Whether the answer to the query with this key is stale after the event. */
export function isConcerned(key: readonly unknown[], event: ChangeEvent): boolean {
  const [topic, query] = key as readonly [Topic, Readonly<Record<string, unknown>> | undefined];
  if (topic === "incidents" || topic === "balancers") return event.everything === true;
  if (event.everything === true || OF_ANY.has(topic)) return true;
  return OF_POOLS.has(topic) && event.pools.includes(`${query?.namespace}/${query?.pool}`);
}

/** Several events as one. */
export function merged(events: readonly ChangeEvent[]): ChangeEvent {
  return {
    ...(events.some(({ everything }) => everything) ? { everything: true } : {}),
    pools: [...new Set(events.flatMap(({ pools }) => pools))],
    kinds: [...new Set(events.flatMap(({ kinds }) => kinds))],
    activity: events.flatMap(({ activity }) => activity),
  };
}

/** Calls `act` with the first event at once, and with those of the next `ms` together after it. */
export function gathered(act: (event: ChangeEvent) => void, ms: number): (event: ChangeEvent) => void {
  let waiting: ChangeEvent[] | undefined;
  const open = () => {
    const events = waiting ?? [];
    waiting = undefined;
    if (events.length > 0) start(merged(events));
  };
  const start = (event: ChangeEvent) => {
    waiting = [];
    setTimeout(open, ms);
    act(event);
  };
  return (event) => {
    if (waiting === undefined) start(event);
    else waiting.push(event);
  };
}

const GATHER_MS = 200;

export type ActivityListener = (entries: readonly ActivityEntry[]) => void;
const activityListeners = new Set<ActivityListener>();

/** Calls with what was decided, as it arrives. */
export function onActivity(listener: ActivityListener): () => void {
  activityListeners.add(listener);
  return () => activityListeners.delete(listener);
}

/**
 * The state of the connection to the API server is a part of the session. An answer that is under way may be older than the
 * event, and is asked for again. When the connection is live again, everything is.
 */
export function takeConnection(queries: QueryClient, connection: Connection): void {
  const session = queries
    .getQueriesData<SessionAnswer>({ queryKey: ["session"] })
    .find(([, data]) => data)?.[1];
  queries.setQueriesData<SessionAnswer>({ queryKey: ["session"] }, (data) => data && { ...data, connection });
  if (connection.state === "live" && session !== undefined && session.connection.state !== "live") {
    queries.invalidateQueries();
  } else if (queries.isFetching({ queryKey: ["session"] }) > 0) {
    queries.invalidateQueries({ queryKey: ["session"] });
  }
}

/** Keeps all answers fresh until the returned function is called. */
export function keepFresh(queries: QueryClient): () => void {
  const invalidate = gathered((event) => {
    queries.invalidateQueries({ predicate: ({ queryKey }) => isConcerned(queryKey, event) });
    for (const listener of activityListeners) listener(event.activity);
  }, GATHER_MS);
  const all = () => queries.invalidateQueries();
  return follow({
    url: "/api/events",
    on: {
      change: (data) => invalidate(data as ChangeEvent),
      connection: (data) => takeConnection(queries, data as Connection),
    },
    onBack: all,
    // Whether the session is over is something that only a request can find out.
    onLost: () => queries.invalidateQueries({ queryKey: ["session"] }),
  });
}
