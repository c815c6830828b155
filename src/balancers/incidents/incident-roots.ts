/**
 * Which incident an observation belongs to. A cluster may have several open ones, each with a root of its own; a new
 * difference joins the one whose root it shares, and opens another one else. Pure.
 */
import type { DriftKind, DriftRow } from "../sync/index.ts";
import { subjectIn } from "./collect.ts";
import type { Observation } from "./evidence.ts";
import type { Incident, LifeSettings } from "./incident.ts";

/** What kind of trouble an incident is about: what has one root is repaired together. */
export type RootKind = "pools" | "usage" | "addresses" | "overlaps" | "comparison";

/** An observation, as far as one incident is concerned. Without `incident` it would open one of this `root`. */
export interface Share {
  readonly incident: Incident | undefined;
  /** The kind, and the first thing that was seen: two who see the same open the same. */
  readonly root: string;
  readonly seen: Observation;
}

const ROOTS: Readonly<Record<DriftKind, RootKind>> = {
  "pool-missing-in-ledger": "pools",
  "pool-missing-in-cluster": "pools",
  "pool-twice-in-ledger": "pools",
  "range-differs": "pools",
  "range-unreadable": "pools",
  "setting-differs": "pools",
  "usage-unrecorded": "usage",
  "usage-gone": "usage",
  "usage-in-other-pool": "usage",
  "ip-outside-every-pool": "addresses",
  "ip-in-two-pools": "overlaps",
  "ip-used-twice": "overlaps",
};

function kindOf(root: string | undefined): string {
  return root?.split(":", 1)[0] ?? "";
}

/** A load balancer that waits for its pool, or that lost it, has the pool's root. */
function rootKindOf(row: DriftRow, poolsThatDiffer: ReadonlySet<string>): RootKind {
  const own = ROOTS[row.kind];
  return (own === "usage" || own === "addresses") && row.pool !== undefined && poolsThatDiffer.has(row.pool)
    ? "pools"
    : own;
}

/** For each open incident its new observations, and for each new root what opens one. */
export function shareOut(
  open: readonly Incident[],
  seen: Observation,
  settings: LifeSettings,
): readonly Share[] {
  const { drift, failure } = seen;
  if (drift === undefined) return failure === undefined ? [] : [failureShare(open, seen)];
  const poolsThatDiffer = new Set(
    drift.flatMap(({ kind, subject }) => (ROOTS[kind] === "pools" ? [subject.replace("pool/", "")] : [])),
  );
  const own = new Map<Incident, DriftRow[]>(open.map((incident) => [incident, []]));
  const unheld: DriftRow[] = [];
  const ordinary = new Set(seen.ordinary);
  const known = knownOf(drift.length === 0 ? [] : open);
  for (const row of drift) {
    const kind = rootKindOf(row, poolsThatDiffer);
    const incident = incidentOf(row, kind, ordinary.has(row.id), known, seen.at, settings);
    if (incident !== undefined) own.get(incident)?.push(row);
    else if (!ordinary.has(row.id)) unheld.push(row);
  }
  const fresh = Map.groupBy(unheld, (row) => rootKindOf(row, poolsThatDiffer));
  return [
    ...[...own].map(([incident, rows]) => ({
      incident,
      root: incident.root ?? "",
      seen: part(seen, rows, incident),
    })),
    ...[...fresh].map(([kind, rows]) => ({
      incident: undefined,
      root: `${kind}:${rows[0]?.id ?? ""}`,
      seen: part(seen, rows),
    })),
  ];
}

function failureShare(open: readonly Incident[], seen: Observation): Share {
  const root = `comparison:${seen.failure?.side ?? ""}:${seen.failure?.kind ?? ""}`;
  const incident = open.find((one) => kindOf(one.root) === "comparison");
  return { incident, root: incident?.root ?? root, seen };
}

/** Looked up for each of very many rows, so made once. */
interface Known {
  readonly open: readonly Incident[];
  /** By the ID of a difference that exists, and of any that ever did. */
  readonly holding: ReadonlyMap<string, Incident>;
  readonly ever: ReadonlyMap<string, Incident>;
  readonly subjects: ReadonlyMap<Incident, ReadonlySet<string>>;
}

function knownOf(open: readonly Incident[]): Known {
  const holding = new Map<string, Incident>();
  const ever = new Map<string, Incident>();
  const subjects = new Map<Incident, ReadonlySet<string>>();
  for (const incident of open) {
    const { openDrift, everDrift = [] } = incident;
    for (const id of openDrift) if (!holding.has(id)) holding.set(id, incident);
    for (const id of everDrift) if (!ever.has(id)) ever.set(id, incident);
    subjects.set(incident, new Set(everDrift.map(subjectIn)));
  }
  return { open, holding, ever, subjects };
}

function incidentOf(
  row: DriftRow,
  kind: RootKind,
  isOrdinary: boolean,
  { open, holding, ever, subjects }: Known,
  at: string,
  { quietSeconds }: LifeSettings,
): Incident | undefined {
  const held = holding.get(row.id);
  if (held !== undefined || isOrdinary) return held;
  const known = ever.get(row.id);
  if (known !== undefined) return known;
  const alike = open.filter((one) => one.root === undefined || kindOf(one.root) === kind);
  const ofPool = alike.find((one) => subjects.get(one)?.has(row.subject));
  const young = alike.find(({ openedAt }) => Date.parse(at) - Date.parse(openedAt) <= quietSeconds * 1000);
  return ofPool ?? young;
}

/** What concerns these differences; what was done about those of the incident, and what they are about. */
function part(seen: Observation, drift: readonly DriftRow[], incident?: Incident): Observation {
  const ids = new Set([...drift.map(({ id }) => id), ...(incident?.openDrift ?? [])]);
  const subjects = [...new Set(drift.flatMap(({ subject, pool }) => [subject, `pool/${pool}`]))];
  const ips = new Set(drift.map(({ subject }) => subject.split("/").at(-1)));
  const { lookUps = [], refused = [], objects = [], plan, ordinary: _, ...rest } = seen;
  const isAbout = (subject: string) =>
    subjects.some((one) => one === subject || one.startsWith(`${subject}/`));
  const concerns = plan?.ends === undefined || plan.ends.some((id) => ids.has(id));
  const own = new Set(drift.map(({ id }) => id));
  const beside = (seen.drift ?? []).filter(({ id }) => !own.has(id)).map(({ kind }) => kind);
  return {
    ...rest,
    drift,
    beside,
    lookUps: lookUps.filter(({ ip }) => ips.has(ip)),
    refused: refused.filter(({ step }) => ids.has(step.driftId)),
    objects: objects.filter(({ subject }) => isAbout(subject)),
    ...(plan !== undefined &&
      concerns && { plan: plan.left === undefined ? plan : { ...plan, left: drift.length } }),
  };
}
