/** The frame around all pages: navigation, search, how fresh it is; and the page that the URL names. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import type { SessionAnswer } from "../api/answers.ts";
import { keepFresh } from "../api/live-queries.ts";
import { sessionQuery } from "../api/queries.ts";
import { RequestFailure } from "../api/request.ts";
import { currentPlace, usePlace } from "../route/location.ts";
import { Search } from "../search/search.tsx";
import { ConnectionNote } from "./connection-note.tsx";
import { FaultBoundary } from "./fault-boundary.tsx";
import { Header } from "./header.tsx";
import { Loading, NoSession, NotHere } from "./page-states.tsx";
import { PAGES, pageOf } from "./pages.ts";
import { SessionContext } from "./session-context.ts";

const LOADERS = {
  map: () => import("../map/map-page.tsx"),
  pools: () => import("../pools/pools-page.tsx"),
  claims: () => import("../claims/claims-page.tsx"),
  activity: () => import("../activity/activity-page.tsx"),
  balancers: () => import("../balancers/balancers-page.tsx"),
  incidents: () => import("../incidents/incidents-page.tsx"),
  health: () => import("../health/health-page.tsx"),
} as const;

const COMPONENTS = {
  map: lazy(LOADERS.map),
  pools: lazy(LOADERS.pools),
  claims: lazy(LOADERS.claims),
  activity: lazy(LOADERS.activity),
  balancers: lazy(LOADERS.balancers),
  incidents: lazy(LOADERS.incidents),
  health: lazy(LOADERS.health),
} as const;

/** The page that the URL names is read while the session is asked for. */
export function readPage(): void {
  const page = pageOf(currentPlace().parts);
  if (page !== undefined) LOADERS[page.id]().catch(() => undefined);
}

export function App() {
  const queries = useQueryClient();
  const session = useQuery(sessionQuery());
  useEffect(() => keepFresh(queries), [queries]);
  const { error } = session;
  if (error instanceof RequestFailure && error.kind === "session-expired") {
    return <NoSession failure={error} />;
  }
  return <Frame session={session.data} />;
}

function Frame({ session }: { readonly session: SessionAnswer | undefined }) {
  const [isSearching, setSearching] = useState(false);
  const { parts } = usePlace();
  useSearchKey(() => setSearching(true));
  useDocumentTitle(parts);
  return (
    <SessionContext value={session}>
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <Header onSearch={() => setSearching(true)} />
      <ConnectionNote />
      <main id="page" tabIndex={-1} className="page">
        <FaultBoundary key={parts[0] ?? ""}>
          <Suspense fallback={<Loading what="the page" isPage />}>
            <Page parts={parts} />
          </Suspense>
        </FaultBoundary>
      </main>
      <Search isOpen={isSearching} onOpenChange={setSearching} />
    </SessionContext>
  );
}

function Page({ parts }: { readonly parts: readonly string[] }) {
  const page = pageOf(parts);
  if (page === undefined) return <NotHere what={`The console has no page /${parts.join("/")}.`} />;
  const Component = COMPONENTS[page.id];
  return <Component parts={parts.slice(1)} />;
}

function useDocumentTitle(parts: readonly string[]): void {
  const title = pageOf(parts)?.title ?? PAGES[0]?.title ?? "";
  const name = parts.length > 1 ? `${parts.at(-1)} · ` : "";
  useEffect(() => {
    document.title = `${name}${title} · Plexaubnet`;
  }, [name, title]);
}

/** Ctrl-K or ⌘K, and `/` where nothing is typed. */
function useSearchKey(open: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      const isShortcut = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
      if (!isShortcut && !(event.key === "/" && !isTyping)) return;
      event.preventDefault();
      open();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [open]);
}
