/** What follows the window when it has moved: what the server is asked for, and the URL. */
import { useEffect, useState } from "react";
import type { Family } from "../address/address.ts";
import { currentPlace, go, hrefWith } from "../route/location.ts";
import type { ViewStore } from "./view-store.ts";
import { formatRange } from "./view-window.ts";
import { queryFor, type WindowQuery } from "./window-query.ts";

/** While it moves, it is asked so often; and once when it rests. */
const QUERY_MS = 120;
const URL_MS = 350;

export function useWindowQuery(
  store: ViewStore,
  family: Family,
  width: number | undefined,
): WindowQuery | undefined {
  const [query, setQuery] = useState<WindowQuery>();
  useEffect(() => {
    if (width === undefined) return;
    const update = () => {
      const next = queryFor(family, store.view, store.bounds, width);
      setQuery((before) => (before !== undefined && isSame(before, next) ? before : next));
    };
    update();
    return afterwards(store, QUERY_MS, update, "while it moves");
  }, [store, family, width]);
  return query;
}

const isSame = (one: WindowQuery, other: WindowQuery): boolean =>
  one.from === other.from && one.to === other.to && one.cells === other.cells;

export function useWindowInUrl(store: ViewStore, family: Family): void {
  useEffect(() => {
    const write = () => {
      const { view, bounds } = store;
      const isWhole = view.start === bounds.start && view.span === bounds.span;
      const range = isWhole ? undefined : formatRange(family, view);
      store.written = range;
      go(hrefWith(currentPlace(), { range }), { replace: true });
    };
    return afterwards(store, URL_MS, write, "when it rests");
  }, [store, family]);
}

/** Calls `act` when the window has changed and then rested for so long; or every so often while it does not rest. */
function afterwards(
  store: ViewStore,
  ms: number,
  act: () => void,
  when: "while it moves" | "when it rests",
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = () => {
    timer = undefined;
    act();
  };
  const stop = store.listen(() => {
    if (when === "when it rests") clearTimeout(timer);
    else if (timer !== undefined) return;
    timer = setTimeout(run, ms);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
