/** What a page shows when it has nothing else to show: that it loads, is empty, may not, cannot. */
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import type { LoginRequest } from "../api/answers.ts";
import { type FailureKind, RequestFailure, requestJson } from "../api/request.ts";
import { Link } from "../route/link.tsx";
import { displayText } from "../text/display-text.ts";
import { CopyLine } from "./copy-line.tsx";

/** In the place of a page, or of a part of one: then another heading is the first. */
interface OfPage {
  readonly isPage?: boolean;
}

export interface PageNoteProps extends OfPage {
  readonly title: string;
  readonly tone?: "plain" | "warn" | "bad";
  readonly children?: ReactNode;
}

export function PageNote({ title, tone = "plain", isPage = false, children }: PageNoteProps) {
  return (
    <section className={`page-note is-${tone}`}>
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </section>
  );
}

/** Grey bars where text will be. It appears after a moment, so that a quick answer does not flicker. */
export function Loading({ what, isPage = false }: OfPage & { readonly what: string }) {
  return (
    <div className="skeleton" role="status">
      {isPage ? <h1 className="unseen">Loading {what}</h1> : <span className="unseen">Loading {what}</span>}
      {Array.from({ length: 6 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike.
        <div key={index} className={`skeleton-bar is-${index % 3}`} aria-hidden="true" />
      ))}
    </div>
  );
}

export function Empty({ title, isPage = false, children }: PageNoteProps) {
  return (
    <PageNote title={title} isPage={isPage}>
      {children}
    </PageNote>
  );
}

export function NotHere({ what }: { readonly what: string }) {
  return (
    <PageNote title="Not here" tone="warn" isPage>
      <p>{displayText(what)}</p>
      <p>
        <Link href="/">To the map</Link> · <Link href="/pools">All pools</Link>
      </p>
    </PageNote>
  );
}

const TITLES: Readonly<Record<FailureKind, string>> = {
  disconnected: "Not connected",
  "session-expired": "The session has ended",
  forbidden: "Your rights do not reach so far",
  "not-found": "Not here",
  starting: "Still starting",
  refused: "It could not be read",
};

/** The sentence of the server about it, which names the thing and the cure. */
export function Failure({ error, isPage = false }: OfPage & { readonly error: Error }) {
  const kind = error instanceof RequestFailure ? error.kind : "refused";
  return (
    <PageNote
      title={TITLES[kind]}
      tone={kind === "forbidden" || kind === "not-found" ? "warn" : "bad"}
      isPage={isPage}
    >
      <p>{displayText(error.message)}</p>
      {kind === "not-found" ? (
        <p>
          <Link href="/">To the map</Link> · <Link href="/pools">All pools</Link>
        </p>
      ) : null}
    </PageNote>
  );
}

/** In the place of everything: there is no session, and how to get one. */
export function NoSession({ failure }: { readonly failure: RequestFailure }) {
  const isLogIn = failure.access === "token";
  return (
    <main className="no-session" id="page">
      <PageNote title={isLogIn ? "Log in" : "The session has ended"} isPage>
        <p>{displayText(failure.message)}</p>
        {isLogIn ? <LogIn /> : <NewLink />}
      </PageNote>
    </main>
  );
}

function NewLink() {
  return (
    <>
      <p>A link is good for one browser and one time. Get a new one with</p>
      <CopyLine text="plexaubnet console --open" what="the command" />
      <p className="soft">
        or from the first screen of <code>plexaubnet up</code>. Then load this page again: its address names
        the view.
      </p>
    </>
  );
}

function LogIn() {
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  const [message, setMessage] = useState<string>();
  const logIn = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const body: LoginRequest = { token: token.trim() };
      await requestJson("/api/login", { body });
      setToken("");
      await queries.invalidateQueries();
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form className="log-in" onSubmit={logIn}>
      <label htmlFor="token">Bearer token of the cluster</label>
      <input
        id="token"
        className="field"
        type="password"
        autoComplete="off"
        value={token}
        onChange={({ target }) => setToken(target.value)}
      />
      <button type="submit" className="button primary" disabled={token.trim() === ""}>
        Log in
      </button>
      <p role="alert">{message === undefined ? "" : displayText(message)}</p>
      <p className="soft">
        It stays on the server. <code>kubectl create token NAME</code> prints one.
      </p>
    </form>
  );
}
