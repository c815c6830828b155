/** What came back, in a few characters. */
import type { Answer } from "./attacker.ts";
import type { Played } from "./row.ts";

/** An answer that refuses must not be longer: the client that asks the most gets the most otherwise. */
const LONGEST_REFUSAL_BYTES = 64 * 1024;

/** `201×3 500×2`; what ended without an answer by its cause. */
export function codesOf(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const { code, error } of answers) {
    const key = code === 0 ? (error ?? "none") : String(code);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => (count === 1 ? code : `${code}×${count}`)).join(" ");
}

/**
 * Sums up answers. A fault is a 5xx that is the server's own, an answer that did not come,
 * and a refusal that is very long.
 */
export function played(...answers: readonly Answer[]): Played {
  const answer = codesOf(answers);
  const broken = answers.find((each) => each.code >= 500 && !isExplained(each));
  if (broken !== undefined) return { answer, fault: `${broken.code}: ${messageOf(broken)}` };
  const cut = answers.find(({ code }) => code === 0);
  if (cut !== undefined) return { answer, fault: `no answer: ${cut.error}` };
  const long = answers.find(({ code, size }) => code >= 400 && size > LONGEST_REFUSAL_BYTES);
  if (long !== undefined) return { answer, fault: `a refusal of ${(long.size / 1024).toFixed(0)} KiB` };
  return { answer };
}

/** 503, 504 and 507 say what to do; a webhook that fails is a 500 in Kubernetes, too. */
function isExplained(answer: Answer): boolean {
  return [503, 504, 507].includes(answer.code) || /failed calling webhook/.test(messageOf(answer));
}

/** The same where a closed connection is as good as a refusal. */
export function playedOrCut(...answers: readonly Answer[]): Played {
  const { answer } = played(...answers);
  return { ...played(...answers.filter(({ code }) => code !== 0)), answer };
}

export function messageOf({ text }: Answer): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message).slice(0, 160);
  } catch {
    return text.slice(0, 160);
  }
}
