/**
 * What changes, as the server pushes it: one stream for the page. A stream that was interrupted (sleep, a restart of the
 * server) is opened again, and reports when it is back: then everything is read again.
 */
import { linkState, live, lost, seen } from "./link-state.ts";

/** After so long without an event a stream is opened again, whatever the browser believes: a laptop that slept. */
const SILENCE_MS = 45_000;
const RETRY_MS = 1500;
/**
 * A page that is not visible gives its stream back after so long, and catches up when it is visible again: a browser has only six
 * connections to a server, and one has many tabs open.
 */
const HIDDEN_MS = 30_000;

export interface Stream {
  readonly url: string;
  /** Type of event → what to do about it. */
  readonly on: Readonly<Record<string, (data: unknown) => void>>;
  /** The stream is open again, and may have missed something. */
  readonly onBack: () => void;
  /** It cannot be opened. */
  readonly onLost: () => void;
}

/** Keeps the stream open until the returned function is called. */
export function follow({ url, on, onBack, onLost }: Stream): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hidden: ReturnType<typeof setTimeout> | undefined;
  let hasBeenOpen = false;

  const wait = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(open, ms);
  };
  const heard = () => {
    seen();
    wait(SILENCE_MS);
  };
  const open = () => {
    source?.close();
    source = new EventSource(url);
    wait(SILENCE_MS);
    source.addEventListener("open", () => {
      heard();
      live();
      // Whatever closed the stream before: what happened meanwhile was not in it.
      if (hasBeenOpen) onBack();
      hasBeenOpen = true;
    });
    source.addEventListener("error", () => {
      source?.close();
      lost();
      onLost();
      wait(RETRY_MS);
    });
    source.addEventListener("beat", heard);
    for (const [type, act] of Object.entries(on)) {
      source.addEventListener(type, ({ data }: MessageEvent<string>) => {
        heard();
        act(JSON.parse(data));
      });
    }
  };
  const rest = () => {
    source?.close();
    source = undefined;
    clearTimeout(timer);
  };
  const wake = () => {
    clearTimeout(hidden);
    if (document.visibilityState !== "visible") hidden = setTimeout(rest, HIDDEN_MS);
    else if (source === undefined || linkState().state === "lost") open();
  };
  document.addEventListener("visibilitychange", wake);
  globalThis.addEventListener("online", wake);
  open();
  return () => {
    document.removeEventListener("visibilitychange", wake);
    globalThis.removeEventListener("online", wake);
    clearTimeout(hidden);
    rest();
  };
}
