/**
 * Precision and recall of the causes that analyses name, on incidents with planted causes: on seeds that were
 * read while the rules were written, and on as many that were not. `--show` prints what was wrong, of those
 * read alone.
 */
import { type Score, score, seedsOf } from "./causes/incidents.ts";
import { type BenchReport, ratioTarget } from "./report.ts";

const INCIDENTS = 400;

export async function run(flags: readonly string[]): Promise<BenchReport> {
  const looked = await score(seedsOf("looked-at", INCIDENTS));
  if (flags.includes("--show")) for (const one of looked.wrong) console.log(JSON.stringify(one));
  const unseen = flags.includes("--looked-at-only") ? undefined : await score(seedsOf("unseen", INCIDENTS));
  const share = (value: number) => ({ value, unit: "" });
  const figures = ([name, { incidents, precision, recall }]: readonly [string, Score]) => [
    [`incidents, ${name}`, { value: incidents, unit: "incidents" }],
    [`precision, ${name}`, share(precision)],
    [`recall, ${name}`, share(recall)],
  ];
  const scores: readonly (readonly [string, Score])[] = [
    ["looked at", looked],
    ...(unseen === undefined ? [] : [["never looked at", unseen] as const]),
  ];
  return {
    suite: "causes",
    figures: Object.fromEntries(scores.flatMap(figures)),
    targets: scores.flatMap(([name, { precision, recall }]) => {
      const least = name === "looked at" ? 1 : 0.98;
      return [
        ratioTarget(`precision, ${name}`, precision, ">=", least),
        ratioTarget(`recall, ${name}`, recall, ">=", least),
      ];
    }),
  };
}
