/** What went well, what went wrong, and where there was luck; each only if there is evidence for it. Pure. */
import { type Case, controllerOf } from "./case.ts";
import type { Phase } from "./phases.ts";
import { inferred, observed, type Statement } from "./statement.ts";
import { counted, durationText, listed } from "./words.ts";

export interface Lessons {
  readonly well: readonly Statement[];
  readonly wrong: readonly Statement[];
  readonly lucky: readonly Statement[];
}

/** Noticed within so long it went well, and after so long it went wrong. */
const SOON_MS = 5 * 60_000;
const LATE_MS = 60 * 60_000;

export function lessonsOf(of: Case, phases: readonly Phase[]): Lessons {
  return { well: well(of, phases), wrong: wrong(of, phases), lucky: lucky(of) };
}

function delayOf(phases: readonly Phase[]) {
  const start = phases.find(({ name }) => name === "Start");
  const detection = phases.find(({ name }) => name === "Detection");
  if (start?.at === undefined || detection?.at === undefined) return undefined;
  const evidence = [...(start.message?.evidence ?? []), ...(detection.message?.evidence ?? [])].map((id) => ({
    id,
  }));
  return { ms: Date.parse(detection.at) - Date.parse(start.at), evidence };
}

function well(of: Case, phases: readonly Phase[]): readonly Statement[] {
  const delay = delayOf(phases);
  const guards = of.of("guard", "in-use", "last-pool");
  const applied = of.of("plan", "applied");
  const inStep = of.evidence.find(
    ({ kind, facts, at }) =>
      kind === "compared" && facts?.differences === "0" && at >= (applied.at(-1)?.at ?? "~"),
  );
  return [
    ...(delay !== undefined && delay.ms <= SOON_MS
      ? [inferred(`It was noticed ${durationText(delay.ms)} after it began.`, delay.evidence)]
      : []),
    ...(guards.length > 0
      ? [
          observed(
            `A guard kept addresses in use from being taken away (${counted(guards.length, "step")}).`,
            guards,
          ),
        ]
      : []),
    ...(inStep !== undefined
      ? [
          observed(`${counted(applied.length, "plan")} ended all differences of this incident.`, [
            ...applied,
            inStep,
          ]),
        ]
      : []),
  ];
}

function wrong(of: Case, phases: readonly Phase[]): readonly Statement[] {
  const delay = delayOf(phases);
  const run = controllerOf(of);
  const again = of.incident.moves.slice(1).filter(({ to }) => to === "Investigating");
  const failed = of.of("plan", "failed");
  return [
    ...(delay !== undefined && delay.ms > LATE_MS
      ? [inferred(`It was noticed only ${durationText(delay.ms)} after it began.`, delay.evidence)]
      : []),
    ...(Number(run?.facts?.heldBack ?? 0) > 0 && run !== undefined
      ? [
          observed(
            `The controller saw it and was not allowed to end it: it ran in mode ${run.facts?.mode}.`,
            [run],
          ),
        ]
      : []),
    ...(again.length > 0
      ? [
          observed(
            `It came back ${again.length === 1 ? "once" : `${again.length} times`} after nothing had differed: at ${listed(
              again.map(({ at }) => at),
              3,
            )}.`,
            of.evidence.filter(({ kind, at }) => kind === "compared" && again.some((move) => move.at === at)),
          ),
        ]
      : []),
    ...(failed.length > 0 ? [observed(`A plan was broken off: ${failed[0]?.message}`, failed)] : []),
  ].filter(({ evidence }) => evidence.length > 0);
}

/** Pools differed, and no load balancer was seen where they do. */
function lucky(of: Case): readonly Statement[] {
  const usage = ["usage-unrecorded", "usage-gone", "usage-in-other-pool", "ip-outside-every-pool"].flatMap(
    (kind) => of.drift(kind),
  );
  const compared = of.of("comparison", "compared");
  if (of.ranges.length === 0 || usage.length > 0 || compared.length === 0) return [];
  const grounds = [...of.ranges.map(({ evidence }) => evidence), ...compared];
  return [
    inferred("The evidence names no load balancer that the difference of the pools concerned.", grounds),
  ];
}
