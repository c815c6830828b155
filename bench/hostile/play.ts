/** Plays one row, and notes what it did to the server and to its other client. */
import { setTimeout as sleep } from "node:timers/promises";
import { Attacker } from "./attacker.ts";
import { NOTHING_SEEN, type Window } from "./reader.ts";
import type { Played, Row } from "./row.ts";
import type { Stand } from "./stand.ts";

export interface Outcome {
  readonly row: Row;
  readonly answer: string;
  readonly tookMs: number;
  /** What the other client saw. */
  readonly seen: Window;
  readonly peakBytes: number;
  /** How the process ended. */
  readonly ended?: string;
  /** What was acknowledged and is not there any more. */
  readonly lost?: string;
  /** The server did not serve within the cut-off, and was killed. */
  readonly stuck?: boolean;
  /** It lives and reads, but takes no writes any more: what it answers to them. */
  readonly disabled?: string;
  /** The attack had no answer within the cut-off, although the server served others. */
  readonly unanswered?: boolean;
  readonly fault?: string;
  /**
   * How many times its median without attack the reader's median was, if that is more than the row allows.
   */
  readonly unfair?: number;
  /** It could not be prepared, so it was not played. */
  readonly unplayed?: string;
}

export const CUT_OFF_MS = 20_000;
const DEATH_MS = 100;
const LAST_CHANCE_MS = 4_000;
const TIDY_MS = 15_000;

/** What one moment of a busy machine looks like does not come back; a wait that the attack makes does. */
const TRIES = 3;
const LONG_MS = 5_000;

/** Plays the row; one that was slow again, and the shortest wait counts. */
export async function playRow(stand: Stand, row: Row, cutOffMs = CUT_OFF_MS): Promise<Outcome> {
  let best = await playOnce(stand, row, cutOffMs);
  for (let tries = 1; tries < TRIES && isSlow(best) && !isGrave(best) && best.tookMs < LONG_MS; tries++) {
    const again = await playOnce(stand, row, cutOffMs);
    if (isGrave(again) || again.seen.longestMs < best.seen.longestMs) best = again;
  }
  return best;
}

/** Beyond its limit by more than the reader's own process was held up. */
export function isSlow({ row, seen }: Outcome): boolean {
  return seen.longestMs > row.limitMs + seen.noiseMs;
}

/** What makes the run fail. */
export function isGrave({ ended, lost, stuck, disabled }: Outcome): boolean {
  return [ended, lost, disabled].some((each) => each !== undefined) || stuck === true;
}

/** What one row leaves behind must not block the next attempt. */
let plays = 0;

async function playOnce(stand: Stand, row: Row, cutOffMs: number): Promise<Outcome> {
  const abort = new AbortController();
  plays += 1;
  const attacker = new Attacker(stand.target, abort.signal, `${row.id}-${plays}`);
  try {
    await row.prepare?.(attacker);
  } catch (error) {
    await attacker.stop();
    const lost = (stand.server.lives ? undefined : await stand.startAgain()) ?? (await tidy(stand, attacker));
    const unplayed = (error as Error).message;
    return { row, answer: "", tookMs: 0, seen: NOTHING_SEEN, peakBytes: 0, unplayed, ...some({ lost }) };
  }
  await stand.reader.untilReads(3, 5_000);
  stand.server.resetPeak();
  stand.reader.mark();
  const startMs = performance.now();
  const limitMs = row.cutOffMs ?? cutOffMs;
  const played = await within(limitMs, row, attacker, stand);
  const tookMs = performance.now() - startMs;
  // One that made no client wait until now has time for the last request; the other has had its time.
  const stuck =
    stand.server.lives && !(await servesAgain(stand, played === undefined ? LAST_CHANCE_MS : limitMs));
  const refused = stand.server.lives && !stuck ? await stand.keepers.keep(stand.target) : undefined;
  // A process that dies of it needs a moment.
  await sleep(DEATH_MS);
  const seen = await stand.reader.window();
  abort.abort();
  const { peakBytes, end: ended } = stand.server;
  await attacker.stop();
  const disabled = ended === undefined ? refused : undefined;
  const isBroken = stuck || ended !== undefined || disabled !== undefined;
  const lost = (isBroken ? await stand.startAgain() : undefined) ?? (await tidy(stand, attacker));
  return {
    row,
    answer: played?.answer ?? "none",
    tookMs,
    seen,
    peakBytes,
    stuck,
    unanswered: played === undefined && ended === undefined,
    ...some({ ended, lost, disabled, fault: played?.fault, unfair: unfairnessOf(row, seen, stand) }),
  };
}

function unfairnessOf({ fairness }: Row, seen: Window, { baseline }: Stand): number | undefined {
  const ratio = seen.medianMs / baseline.medianMs;
  return fairness !== undefined && ratio > fairness ? ratio : undefined;
}

/** Undefined: the cut-off or the end of the process came first. */
async function within(
  limitMs: number,
  row: Row,
  attacker: Attacker,
  { server }: Stand,
): Promise<Played | undefined> {
  const timer = new AbortController();
  const playing = row.play(attacker).catch((error: Error) => ({ answer: "none", fault: error.message }));
  try {
    return await Promise.race([
      playing,
      sleep(limitMs, undefined, { signal: timer.signal }).catch(() => undefined),
      // What came back until then is reported all the same.
      server.ended().then(() => Promise.race([playing, sleep(500, undefined, { signal: timer.signal })])),
    ]);
  } finally {
    timer.abort();
  }
}

/** Whether a read that began after the attack was answered. */
async function servesAgain(stand: Stand, limitMs: number): Promise<boolean> {
  const before = (await stand.reader.window()).reads;
  const after = await Promise.race([stand.reader.untilReads(before + 2, limitMs), stand.server.ended()]);
  return after === undefined || after.reads > before;
}

/**
 * Removes what the row made. A server that cannot do that starts again. Returns what of the keepers was lost.
 */
async function tidy(stand: Stand, attacker: Attacker): Promise<string | undefined> {
  const broom = new Attacker(stand.target, AbortSignal.timeout(TIDY_MS), "tidy");
  const { adminToken: token } = stand.target;
  let failed = false;
  for (const path of attacker.made()) {
    const { code, text } = await broom.send({ method: "DELETE", path, token });
    failed ||= code === 0 || code >= 500;
    if (!/"deletionTimestamp":"/.test(text)) continue;
    const body = { metadata: { finalizers: null } };
    await broom.send({ method: "PATCH", path, body, type: "application/merge-patch+json", token });
    if (failed) break;
  }
  await broom.stop();
  if (!stand.server.lives || failed) return stand.startAgain();
  const missing = await stand.keepers.missing(stand.target);
  if (missing.length === 0) return undefined;
  await stand.startAnew();
  return missing.slice(0, 3).join(", ");
}

/** Without what is undefined. */
function some<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
