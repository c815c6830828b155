/**
 * Where the page is: the path names a page and what it is about, the query how it is shown. Every view has a URL that
 * can be sent. A few lines on top of the browser's history: there are eight pages.
 */
import { useSyncExternalStore } from "react";

export interface Place {
  /** Parts of the path, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

const listeners = new Set<() => void>();
let current = read();

function read(): { readonly href: string; readonly place: Place } {
  const { pathname, search } = globalThis.location ?? { pathname: "/", search: "" };
  return {
    href: pathname + search,
    place: { parts: partsOf(pathname), query: new URLSearchParams(search) },
  };
}

/** A part that is not percent-encoded correctly stays as it is: it then names nothing, which the page reports. */
export function partsOf(pathname: string): string[] {
  return pathname
    .split("/")
    .filter((part) => part !== "")
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
}

function refresh(): void {
  current = read();
  for (const listener of listeners) listener();
}

globalThis.addEventListener?.("popstate", refresh);

export function usePlace(): Place {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current.place,
  );
}

/** For what acts outside of a render. */
export const currentPlace = (): Place => current.place;

export interface Going {
  /** In the place of the present entry of the history: for what one does not want to go back through. */
  readonly replace?: boolean;
}

export function go(href: string, { replace = false }: Going = {}): void {
  if (href === current.href) return;
  history[replace ? "replaceState" : "pushState"](null, "", href);
  refresh();
}

/** Path and query; what is undefined or empty is left out. */
export function href(
  parts: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = `/${parts.map(encodeURIComponent).join("/")}`;
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "",
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** The present place with some of its query changed. */
export function hrefWith(
  { parts, query }: Place,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  return href(parts, { ...Object.fromEntries(query), ...changes });
}
