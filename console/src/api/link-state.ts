/** Whether the server is heard, for whatever shows it. */
import { useSyncExternalStore } from "react";

export type LinkState =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  /** Nothing since `lastSeen` (milliseconds). */
  | { readonly state: "lost"; readonly lastSeen: number | undefined };

let link: LinkState = { state: "connecting" };
let lastSeen: number | undefined;
const listeners = new Set<() => void>();

function become(next: LinkState): void {
  if (next.state === link.state) return;
  link = next;
  for (const listener of listeners) listener();
}

export const useLinkState = (): LinkState =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => link,
  );

/** Something came from the server. */
export function seen(now = Date.now()): void {
  lastSeen = now;
}

export const linkState = (): LinkState => link;
export const lost = (): void => become({ state: "lost", lastSeen });
export const live = (): void => become({ state: "live" });
