/** How near an answer is to the recorded one. */
import { canonical } from "./mask.ts";
import type { Recorded, Step } from "./scenario.ts";

/**
 * What is compared, the plainest first: each holds only when those before it hold.
 * - `status`: the HTTP status.
 * - `reason`: the reason of a Status.
 * - `causes`: the set of (field, reason) of its causes.
 * - `rest`: media type and body, except for sentences.
 */
export const LEVELS = ["status", "reason", "causes", "rest"] as const;
export type Level = (typeof LEVELS)[number];

interface Status {
  readonly reason?: unknown;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly reason?: string }[] };
}

/** @returns the first level at which the two differ. */
export function differenceOf(step: Step, got: Recorded): Level | undefined {
  const wanted = step.answer;
  if (wanted.status !== got.status) return "status";
  if (reasonOf(wanted) !== reasonOf(got)) return "reason";
  if (causesOf(wanted) !== causesOf(got)) return "causes";
  return step.varies || canonical(comparable(wanted)) === canonical(comparable(got)) ? undefined : "rest";
}

export function comparable({ type, body }: Recorded): unknown {
  return { type, body: withoutSentences(body) };
}

const SENTENCES = new Set(["message", "description"]);

/** Without the texts that every server words in its own way. */
export function withoutSentences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSentences);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, each]) => !(SENTENCES.has(key) && typeof each === "string"))
      .map(([key, each]) => [key, withoutSentences(each)]),
  );
}

function statusOf({ body }: Recorded): Status | undefined {
  return (body as { kind?: unknown } | null | undefined)?.kind === "Status" ? (body as Status) : undefined;
}

function reasonOf(answer: Recorded): unknown {
  return statusOf(answer)?.reason;
}

function causesOf(answer: Recorded): string {
  const causes = statusOf(answer)?.details?.causes ?? [];
  return [...new Set(causes.map(({ field, reason }) => canonical([field ?? "", reason ?? ""])))]
    .sort()
    .join();
}
