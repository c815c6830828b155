/**
 * Kubernetes Events as evidence: what `kubectl get events -A -o json` prints, of both APIs (v1 and events.k8s.io/v1). Only
 * what is of the time of the incident, and of its subjects or of MetalLB, is kept; how much was left out is said. Pure.
 */

import { err, ok, type Result } from "../../kernel/index.ts";
import { isJsonObject } from "../../kube/index.ts";
import type { EvidenceDraft } from "./evidence.ts";
import { counted } from "./words.ts";

export interface EventQuery {
  /** Milliseconds since 1970, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of objects that the incident is about: `pool/NAME`, `service/NAMESPACE/NAME`. */
  readonly subjects: ReadonlySet<string>;
  readonly matches?: ((text: string) => boolean) | undefined;
}

export interface EventEvidence {
  readonly drafts: readonly EvidenceDraft[];
}

export const MOST_EVENTS = 50;

interface Reference {
  readonly kind?: unknown;
  readonly name?: unknown;
  readonly namespace?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** @param at RFC 3339: when they are read. The failure is one sentence that describes what the text is not. */
export function eventsOf(text: string, query: EventQuery, at: string): Result<EventEvidence, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err("it is not JSON; write it with `kubectl get events -A -o json`.");
  }
  const items = itemsIn(value);
  if (items === undefined)
    return err("it is not a list of Events; create it with `kubectl get events -A -o json`.");
  const read = items.flatMap((item) => eventOf(item) ?? []);
  const inTime = read.filter(({ ms }) => ms >= query.fromMs && ms <= query.toMs);
  const about = inTime.filter(({ draft, component }) => isAbout(draft.subject, component, query.subjects));
  const matching =
    query.matches === undefined ? about : about.filter(({ draft }) => query.matches?.(draft.message));
  const kept = matching.sort((a, b) => a.ms - b.ms).slice(0, MOST_EVENTS);
  const drafts = kept.map(({ draft }) => draft);
  const left = items.length - kept.length;
  if (left === 0) return ok({ drafts });
  const message = `Of ${counted(items.length, "Event")} that were handed in, ${counted(kept.length, "is", "are")} quoted; ${counted(left, "is", "are")} left out: not of the time of the incident, not about it, or beyond the first ${MOST_EVENTS}.`;
  return ok({ drafts: [...drafts, { at, source: "event", kind: "left-out", subject: "events", message }] });
}

function itemsIn(value: unknown): readonly Fields[] | undefined {
  if (!isJsonObject(value)) return undefined;
  if (value.kind === "Event") return [value];
  const { items } = value;
  return Array.isArray(items) && items.every(isJsonObject) ? items : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Undefined: it is not an Event, or names neither a time nor an object. */
function eventOf(event: Fields) {
  if (event.kind !== undefined && event.kind !== "Event") return undefined;
  const series = isJsonObject(event.series) ? event.series : {};
  const source = isJsonObject(event.source) ? event.source : {};
  const about = (isJsonObject(event.involvedObject) ? event.involvedObject : event.regarding) as
    | Reference
    | undefined;
  const times = [
    series.lastObservedTime,
    event.lastTimestamp,
    event.deprecatedLastTimestamp,
    event.eventTime,
    event.firstTimestamp,
  ];
  const ms = times.map((time) => Date.parse(textOf(time) ?? "")).find((time) => !Number.isNaN(time));
  const subject = about === undefined ? undefined : subjectFor(about);
  if (ms === undefined || subject === undefined) return undefined;
  const reason = textOf(event.reason) ?? "Event";
  const component =
    textOf(event.reportingComponent) ?? textOf(event.reportingController) ?? textOf(source.component) ?? "";
  const count = Number(series.count ?? event.count ?? event.deprecatedCount ?? 1);
  const given = textOf(event.message) ?? textOf(event.note) ?? "no message";
  const from = component === "" ? "" : ` by ${component}`;
  const times_ = count > 1 ? `, ${count} times so far` : "";
  const message = `Event ${reason} about ${subject}${from}${times_}: ${given.trim().replace(/[.]+$/, "")}.`;
  const draft: EvidenceDraft = {
    at: new Date(ms).toISOString(),
    source: "event",
    kind: reason,
    subject,
    message,
  };
  return { ms, draft, component };
}

function subjectFor({ kind, name, namespace }: Reference): string | undefined {
  if (typeof kind !== "string" || typeof name !== "string") return undefined;
  if (kind === "IPAddressPool") return `pool/${name}`;
  const where = typeof namespace === "string" && namespace !== "" ? `${namespace}/` : "";
  return kind === "Service" ? `service/${where}${name}` : `${kind.toLowerCase()}/${where}${name}`;
}

/** Events of MetalLB about other Services do not belong to this incident; those about itself and about pools may. */
function isAbout(subject: string, component: string, subjects: ReadonlySet<string>): boolean {
  if (subjects.has(subject)) return true;
  return subject.startsWith("pool/") && /metallb/.test(component);
}
