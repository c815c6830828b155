/**
 * The client that no attack should disturb: reads one small object again and again over a kept connection, in
 * a process of its own, and answers how long it had to wait.
 *
 * Messages: `{ do: "read", target }` begins; `{ do: "mark" }` begins a window; `{ do: "report", id }` is
 * answered with {@link Reported}; a window goes on until the next mark.
 */
import { Agent, request } from "node:https";
import { monitorEventLoopDelay } from "node:perf_hooks";

export interface ReaderTarget {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

export type ReaderOrder =
  | { readonly do: "read"; readonly target: ReaderTarget }
  | { readonly do: "mark" }
  | { readonly do: "tell"; readonly id: number };

export interface Told {
  /** Of the order. */
  readonly id: number;
  readonly window: Window;
}

/** What the reader saw since the last mark. */
export interface Window {
  /** The longest wait for an answer, of one that is still awaited too. */
  readonly longestMs: number;
  readonly medianMs: number;
  /** Answers that were 200. */
  readonly reads: number;
  /** Other answers, as 429. */
  readonly refused: number;
  /** Requests whose connection ended before the answer. */
  readonly cut: number;
  /** The longest that this process itself did not run: as much of a wait may be the machine's. */
  readonly noiseMs: number;
}

const PAUSE_MS = 20;
const RETRY_MS = 50;
const RESOLUTION_MS = 5;
const PATH = "/api/v1/namespaces/default";

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let target: ReaderTarget | undefined;
let waits: number[] = [];
let refused = 0;
let cut = 0;
let markMs = performance.now();
/** When the request under way was sent. */
let sentMs: number | undefined;

/** The code of the answer; 0 when none came. */
function read({ url, ca, token }: ReaderTarget): Promise<number> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
    const sent = request(new URL(PATH, url), { agent, ca, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", () => resolve(0));
    });
    sent.on("error", () => resolve(0));
    sent.end();
  });
}

async function readOnce(): Promise<void> {
  const current = target;
  let pause = RETRY_MS;
  if (current !== undefined) {
    sentMs = performance.now();
    const code = await read(current);
    // What began before the mark counts from there: the attack did not make it wait before.
    const wait = performance.now() - Math.max(sentMs, markMs);
    sentMs = undefined;
    if (current === target) {
      if (code === 200) waits.push(wait);
      else if (code === 0) cut += 1;
      else refused += 1;
      if (code !== 0) pause = PAUSE_MS;
    }
  }
  setTimeout(readOnce, pause);
}

function windowSeen(): Window {
  const pending = sentMs === undefined ? 0 : performance.now() - Math.max(sentMs, markMs);
  const sorted = waits.toSorted((a, b) => a - b);
  return {
    longestMs: Math.max(pending, sorted.at(-1) ?? 0),
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    reads: waits.length,
    refused,
    cut,
    noiseMs: Math.max(0, delay.max / 1e6 - RESOLUTION_MS),
  };
}

process.on("message", (order: ReaderOrder) => {
  if (order.do === "tell") {
    process.send?.({ id: order.id, window: windowSeen() } satisfies Told);
    return;
  }
  if (order.do === "read") target = order.target;
  waits = [];
  refused = 0;
  cut = 0;
  markMs = performance.now();
  delay.reset();
});
process.once("disconnect", () => process.exit(0));
delay.enable();
readOnce();
