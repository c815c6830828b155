/** What the pages ask for, and how long an answer is good: until an event makes it stale. */
import { keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import type {
  ActivityAnswer,
  AtAnswer,
  BalancersAnswer,
  ClaimsAnswer,
  FreeAnswer,
  HealthAnswer,
  IncidentAnswer,
  IncidentsAnswer,
  MapAnswer,
  ObjectAnswer,
  ObjectKind,
  PoolsAnswer,
  SearchAnswer,
  SessionAnswer,
  TrendAnswer,
  WhatIfAnswer,
  WhatIfRequest,
} from "./answers.ts";
import { seen } from "./link-state.ts";
import { RequestFailure, requestJson, withQuery } from "./request.ts";

type Query = Readonly<Record<string, string | number | undefined>>;

/** First word of the key → which events make it stale: see `live-queries.ts`. */
export type Topic =
  | "activity"
  | "at"
  | "balancers"
  | "claims"
  | "free"
  | "health"
  | "incidents"
  | "map"
  | "object"
  | "pools"
  | "search"
  | "session"
  | "trend"
  | "what-if";

async function get<T>(path: string, query: Query, signal: AbortSignal): Promise<T> {
  const answer = await requestJson<T>(withQuery(path, query), { signal });
  seen();
  return answer;
}

/** Only what may pass is tried again: a lost connection, and a server that still starts. */
function shouldRetry(_count: number, error: Error): boolean {
  return error instanceof RequestFailure && (error.kind === "disconnected" || error.kind === "starting");
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 60_000,
        refetchOnWindowFocus: false,
        // The stream decides whether the server is there, not the operating system.
        networkMode: "always",
        retry: shouldRetry,
        retryDelay: (count) => Math.min(4000, 500 * 2 ** count),
      },
      mutations: { networkMode: "always" },
    },
  });
}

function askFor<T>(topic: Topic, path: string, query: Query = {}) {
  return queryOptions({
    queryKey: [topic, query, path] as const,
    queryFn: ({ signal }) => get<T>(path, query, signal),
  });
}

/** What was there before stays until the answer is there. */
const ask = <T>(topic: Topic, path: string, query: Query = {}) => ({
  ...askFor<T>(topic, path, query),
  placeholderData: keepPreviousData<T>,
});

export const sessionQuery = () => ask<SessionAnswer>("session", "/api/session");
export const healthQuery = () => ({ ...ask<HealthAnswer>("health", "/api/health"), refetchInterval: 5000 });
export const poolsQuery = (query: Query) => ask<PoolsAnswer>("pools", "/api/pools", query);
export const claimsQuery = (query: Query) => ask<ClaimsAnswer>("claims", "/api/claims", query);
export const balancersQuery = () => ({
  ...ask<BalancersAnswer>("balancers", "/api/balancers"),
  refetchInterval: 15_000,
});
export const incidentsQuery = () => ask<IncidentsAnswer>("incidents", "/api/incidents");
export const freeQuery = (query: Query) => ask<FreeAnswer>("free", "/api/free", query);
export const trendQuery = (query: Query) => askFor<TrendAnswer>("trend", "/api/trend", query);
export const activityQuery = (query: Query) => askFor<ActivityAnswer>("activity", "/api/activity", query);
export const searchQuery = (q: string) => ask<SearchAnswer>("search", "/api/search", { q });

export const incidentQuery = (id: string) =>
  askFor<IncidentAnswer>("incidents", `/api/incidents/${encodeURIComponent(id)}`);

/** Large and drawn, not compared: a new answer replaces the old one. */
export const mapQuery = (query: Query) => ({
  ...ask<MapAnswer>("map", "/api/map", query),
  structuralSharing: false as const,
  gcTime: 10_000,
});

export const atQuery = (query: Query) => ask<AtAnswer>("at", "/api/at", query);

export const objectQuery = (kind: ObjectKind, namespace: string, name: string) =>
  askFor<ObjectAnswer>("object", "/api/object", { kind, namespace, name });

export const whatIfQuery = (request: WhatIfRequest) =>
  queryOptions({
    queryKey: ["what-if", request] as const,
    queryFn: ({ signal }) => requestJson<WhatIfAnswer>("/api/what-if", { signal, body: request }),
    placeholderData: keepPreviousData,
  });
