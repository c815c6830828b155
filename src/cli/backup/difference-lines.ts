/** Differences between a cluster and a backup, for people. */
import { type Line, styled, table } from "../screen/text.ts";
import type { Difference } from "./compare.ts";

const COLUMNS = [
  { title: "DIFFERENCE" },
  { title: "NAMESPACE" },
  { title: "OBJECT" },
  { title: "WHAT DIFFERS" },
];

export function differenceLines(differences: readonly Difference[]): Line[] {
  return table(
    COLUMNS,
    differences.map(({ difference, namespace, object, message }) => [
      [styled(difference, "bad")],
      [namespace],
      [object],
      [message],
    ]),
  );
}
