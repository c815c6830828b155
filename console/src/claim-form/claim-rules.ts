/** What a claim may contain, as far as a user needs to know it while one types. The API server has the last word. */
import type { FreeAnswer } from "../api/answers.ts";

const MOST_LETTERS = 63;

/** `spec.clusterID`. Empty: not yet typed. */
export function problemOfCluster(text: string): string | undefined {
  if (text === "" || /^[a-z0-9.-]{1,63}$/.test(text)) return undefined;
  return text.length > MOST_LETTERS ? TOO_LONG : "Only a–z, 0–9, dots and hyphens.";
}

/** `spec.purpose`, and names of objects that are made of it. */
export function problemOfName(text: string): string | undefined {
  if (text === "" || (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text) && text.length <= MOST_LETTERS))
    return undefined;
  return text.length > MOST_LETTERS
    ? TOO_LONG
    : "Only a–z, 0–9, dots and hyphens, and none of the last two at the ends.";
}

const TOO_LONG = `At most ${MOST_LETTERS} characters.`;

/** Sizes that a claim may ask for and that fit into a block of `blockLength`; the largest first. */
export function lengthsWithin(
  { minLength, maxLength }: Pick<FreeAnswer, "minLength" | "maxLength">,
  blockLength: number | undefined,
): number[] {
  const from = Math.max(minLength, blockLength ?? 0);
  return Array.from({ length: Math.max(0, maxLength - from + 1) }, (_, index) => from + index);
}
