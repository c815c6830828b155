/** What an Event may say, as `v1` names its fields (`pkg/apis/core/validation`, ValidateEventCreate and -Update). */
import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { qualifiedNameFaults } from "../object-name.ts";
import { invalid, required } from "../schema/causes.ts";
import type { EventFields } from "./event-columns.ts";

const LONGEST_WORD = 128;
const LONGEST_NOTE = 1024;

/** Of an Event of `v1`. Only those that have an `eventTime` are asked for more than a namespace. */
export function eventFaults(event: AnyObject, _old: AnyObject | undefined): Cause[] {
  return sharedFaults(event, "reportingComponent");
}

/** Of an Event of `events.k8s.io/v1`. */
export function groupEventFaults(event: AnyObject, old: AnyObject | undefined): Cause[] {
  const faults = sharedFaults(event, "reportingController");
  return [...faults, ...(old === undefined ? newFaults(event) : changeFaults(event, old))];
}

function sharedFaults(object: AnyObject, reporter: string): Cause[] {
  const event = object as unknown as EventFields;
  const { namespace = "" } = object.metadata;
  const about = event.involvedObject?.namespace ?? "";
  const isNew = Boolean(event.eventTime);
  const clusterWide = isNew ? ["default", "kube-system"] : ["default"];
  const agrees = about === "" ? clusterWide.includes(namespace) : isNew || about === namespace;
  const faults = agrees ? [] : [invalid("involvedObject.namespace", about, "does not match event.namespace")];
  if (!isNew) return faults;
  const { reportingComponent = "", reportingInstance = "", action = "", reason = "", message = "" } = event;
  if (reportingComponent === "") faults.push(required(reporter));
  for (const why of qualifiedNameFaults(reportingComponent)) {
    faults.push(invalid(reporter, reportingComponent, why));
  }
  for (const [field, value] of Object.entries({ reportingInstance, action, reason })) {
    if (value === "") faults.push(required(field));
    const why = `can have at most ${LONGEST_WORD} characters`;
    if (Buffer.byteLength(value) > LONGEST_WORD) faults.push(invalid(field, "", why));
  }
  const why = `can have at most ${LONGEST_NOTE} characters`;
  if (Buffer.byteLength(message) > LONGEST_NOTE) faults.push(invalid("message", "", why));
  return faults;
}

function newFaults(object: AnyObject): Cause[] {
  const event = object as unknown as EventFields;
  const faults = seriesFaults(event);
  if (!event.eventTime) faults.push(required("eventTime"));
  if (event.type !== "Normal" && event.type !== "Warning") {
    faults.push(invalid("type", "", `has invalid value: ${event.type ?? ""}`));
  }
  for (const field of ["firstTimestamp", "lastTimestamp", "count"] as const) {
    if (event[field]) faults.push(invalid(field, "", "needs to be unset"));
  }
  if (event.source?.component || event.source?.host) faults.push(invalid("source", "", "needs to be unset"));
  return faults;
}

function seriesFaults({ series }: EventFields): Cause[] {
  if (series === undefined) return [];
  const faults: Cause[] = [];
  if ((series.count ?? 0) < 2) faults.push(invalid("series.count", "", "should be at least 2"));
  if (!series.lastObservedTime) faults.push(required("series.lastObservedTime"));
  return faults;
}

/** All but the series. */
const FIXED = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
  "reportingComponent",
  "reportingInstance",
] as const;

function changeFaults(event: AnyObject, old: AnyObject): Cause[] {
  const faults = isDeepStrictEqual(event.series, old.series)
    ? []
    : seriesFaults(event as unknown as EventFields);
  for (const field of FIXED) {
    if (isDeepStrictEqual(event[field] ?? undefined, old[field] ?? undefined)) continue;
    const shown = field === "reportingComponent" ? "reportingController" : field;
    faults.push(invalid(shown, event[field], "field is immutable"));
  }
  return faults;
}
