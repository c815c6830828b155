/** When it began, was noticed, and ended: each with the evidence for the time that it has. Pure. */
import { type Case, controllerOf, objectSubject } from "./case.ts";
import type { Evidence } from "./evidence.ts";
import type { IncidentStatus } from "./incident.ts";
import { idsOf, inferred, observed, type Statement } from "./statement.ts";
import { capital, durationText } from "./words.ts";

export interface Phase {
  readonly name: "Start" | "Detection" | "Mitigation" | "Resolution";
  /** RFC 3339; undefined: not yet, or not known. */
  readonly at: string | undefined;
  readonly message: Statement | undefined;
  /** Since the start, or since the detection where no start is known. */
  readonly after: string;
}

export function phasesOf(of: Case): readonly Phase[] {
  const { incident } = of;
  const start = startOf(of);
  const mitigated = of.isOver ? mitigationOf(of) : undefined;
  const resolved =
    incident.closedAt === undefined ? undefined : incident.moves.findLast(({ to }) => to === "Resolved");
  const opened = groundsOf(of, incident.openedAt);
  const from = start?.at ?? incident.openedAt;
  const after = (at: string | undefined) =>
    at === undefined ? "" : durationText(Date.parse(at) - Date.parse(from));
  return [
    { name: "Start", at: start?.at, message: start?.message, after: "" },
    {
      name: "Detection",
      at: incident.openedAt,
      message: observed(detectionText(of), [...opened, ...runAt(of)]),
      after: start === undefined ? "" : after(incident.openedAt),
    },
    { name: "Mitigation", at: mitigated?.at, message: mitigated?.message, after: after(mitigated?.at) },
    {
      name: "Resolution",
      at: resolved?.at,
      message:
        resolved === undefined
          ? undefined
          : observed(`${asClause(resolved.message)}.`, groundsOf(of, resolved.at)),
      after: after(resolved?.at),
    },
  ];
}

/** The earliest record of the differences in the API or the ledger. It is inferred that this was the start. */
function startOf(of: Case): { readonly at: string; readonly message: Statement } | undefined {
  const known = causalObjects(of).filter(({ at }) => at < of.incident.openedAt);
  const [first] = known.sort((a, b) => (a.at < b.at ? -1 : 1));
  if (first === undefined) return undefined;
  return { at: first.at, message: inferred(first.message, [first]) };
}

/** Of pools that differ what was made or changed; of load balancers only where no pool does. */
export function causalObjects(of: Case): readonly Evidence[] {
  const kinds = ["pool-missing-in-ledger", "range-differs", "setting-differs", "pool-missing-in-cluster"];
  const pools = kinds.flatMap((kind) => of.drift(kind));
  const about = pools.length > 0 ? pools : of.drift("usage-unrecorded");
  return about.flatMap((one) => {
    const kept = of.objectsOf(objectSubject(one));
    const isNew = one.kind === "pool-missing-in-ledger" || pools.length === 0;
    return isNew
      ? kept.filter(({ kind }) => kind === "created")
      : kept.filter(({ kind }) => kind === "changed");
  });
}

function detectionText(of: Case): string {
  const [run] = runAt(of);
  const who =
    run?.facts?.how === "controller"
      ? "The controller noticed it automatically"
      : run === undefined
        ? "It was noticed"
        : "A command noticed it";
  const isFailure = groundsOf(of, of.incident.openedAt).some(({ source }) => source === "ledger");
  const what = isFailure
    ? "when a side could not be read or the read was rejected"
    : "when a comparison found what differs";
  return `${who} ${what}.`;
}

function runAt(of: Case): readonly Evidence[] {
  const run = of.of("run").find(({ at }) => at === of.incident.openedAt) ?? controllerOf(of);
  return run === undefined || run.at > of.incident.openedAt ? [] : [run];
}

/** The last time that it ceased to differ. */
function mitigationOf(of: Case): { readonly at: string; readonly message: Statement } | undefined {
  const { moves } = of.incident;
  const again = moves.findLastIndex(({ to }) => to === "Investigating");
  const move = moves.slice(again + 1).find(({ to }) => to === "Monitoring");
  if (move === undefined) return undefined;
  return { at: move.at, message: observed(`${asClause(move.message)}.`, groundsOf(of, move.at)) };
}

/** What was compared, or failed, at this moment. For incidents of before, what was seen then, or last before it. */
export function groundsOf({ evidence }: Case, at: string): readonly Evidence[] {
  const seen = evidence.filter((one) => one.at === at);
  const whole = seen.filter(({ source, kind }) => kind === "compared" || source === "ledger");
  if (whole.length > 0) return whole;
  const before = seen.at(-1) ?? evidence.findLast((one) => one.at !== "" && one.at <= at);
  return before === undefined ? evidence.slice(0, 1) : [before];
}

function asClause(text: string): string {
  return capital(text.trim().replace(/[.!]+$/, ""));
}

/** A change of the status, in words that hold for what was seen. */
export function moveText(to: IncidentStatus, message: string): string {
  const text = message.trim().replace(/[.!]+$/, "");
  return `The incident is ${to}: ${text}`;
}

export function moveStatements(of: Case): readonly (Statement & { readonly at: string })[] {
  return of.incident.moves.map(({ at, to, message }) => {
    const grounds = groundsOf(of, at);
    const isFailure =
      to === "Investigating" &&
      grounds.some(({ source }) => source === "ledger") &&
      !grounds.some(({ facts }) => Number(facts?.differences) > 0);
    const why = isFailure ? "a side could not be read or the read was rejected" : message;
    return { at, text: `${moveText(to, why)}.`, basis: "observed", evidence: idsOf(grounds) };
  });
}
