import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import type { ChangeEvent, Connection, SessionAnswer } from "./answers.ts";
import { gathered, isConcerned, merged, takeConnection } from "./live-queries.ts";

const change = (...pools: string[]): ChangeEvent => ({ pools, kinds: ["Subnet"], activity: [] });

afterEach(() => {
  vi.useRealTimers();
});

test("CN-07 a change makes the map of its pool stale, and no other map", () => {
  expect(isConcerned(["map", { namespace: "fleet", pool: "corp" }], change("fleet/corp"))).toBe(true);
  expect(isConcerned(["map", { namespace: "lab", pool: "corp" }], change("fleet/corp"))).toBe(false);
  expect(isConcerned(["claims", {}], change("fleet/corp"))).toBe(true);
  expect(isConcerned(["balancers", {}], change("fleet/corp"))).toBe(false);
  expect(isConcerned(["map", { namespace: "lab", pool: "x" }], { ...change(), everything: true })).toBe(true);
});

test("CN-07 the first change is shown at once, and a burst of them again", () => {
  vi.useFakeTimers();
  const shown: ChangeEvent[] = [];
  const act = gathered((event) => shown.push(event), 200);
  act(change("a/a"));
  expect(shown).toHaveLength(1);
  for (let index = 0; index < 100; index++) act(change(`a/${index % 3}`));
  expect(shown).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(shown).toHaveLength(2);
  expect(shown[1]?.pools).toEqual(["a/0", "a/1", "a/2"]);
  vi.advanceTimersByTime(1000);
  act(change("a/b"));
  expect(shown).toHaveLength(3);
});

test("CN-07 a notice that everything changed is not lost among others", () => {
  expect(merged([change("a/a"), { ...change(), everything: true }]).everything).toBe(true);
  expect(merged([change("a/a")]).everything).toBeUndefined();
});

const session = (state: Connection["state"]): SessionAnswer => ({
  version: "0.1.0",
  cluster: "the embedded server",
  server: "https://127.0.0.1:16443",
  access: "caller",
  connection: { state },
  namespaces: [],
  claimNamespaces: [],
  hasLedger: false,
});

/** A page that shows pools, and the session that it read. */
function pageWith(state: Connection["state"]) {
  const queries = new QueryClient();
  queries.setQueryData(["session", {}], session(state));
  queries.setQueryData(["pools", {}], { rows: [] });
  const isStale = (topic: string) => queries.getQueryState([topic, {}])?.isInvalidated;
  return { queries, isStale };
}

test("CN-07 the connection is that of the event, and everything is read again once it is live again", () => {
  const { queries, isStale } = pageWith("live");
  takeConnection(queries, { state: "lost", message: "gone" });
  expect(queries.getQueryData<SessionAnswer>(["session", {}])?.connection).toEqual({
    state: "lost",
    message: "gone",
  });
  expect(isStale("pools")).toBe(false);
  takeConnection(queries, { state: "live" });
  expect(isStale("pools")).toBe(true);
});

test("CN-07 a connection that is still live makes nothing stale", () => {
  const { queries, isStale } = pageWith("live");
  takeConnection(queries, { state: "live", lastSeen: "2026-11-28T12:00:00Z" });
  expect([isStale("pools"), isStale("session")]).toEqual([false, false]);
});

test("CN-07 an answer that is under way when the event comes is not taken for newer", async () => {
  const { queries } = pageWith("live");
  const answers: ((answer: SessionAnswer) => void)[] = [];
  const queryFn = () => new Promise<SessionAnswer>((resolve) => answers.push(resolve));
  const observer = new QueryObserver(queries, { queryKey: ["session", {}], queryFn });
  const stop = observer.subscribe(() => undefined);
  expect(answers).toHaveLength(1);
  takeConnection(queries, { state: "lost" });
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[0]?.(session("live"));
  answers[1]?.(session("lost"));
  await vi.waitFor(() => expect(queries.isFetching()).toBe(0));
  expect(queries.getQueryData<SessionAnswer>(["session", {}])?.connection.state).toBe("lost");
  stop();
});
