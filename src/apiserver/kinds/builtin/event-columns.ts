/** What `kubectl get events` shows: of Events as `v1` has them. */
import type { AnyObject } from "../../../kube/object.ts";
import type { TableColumn } from "../resource.ts";
import { column } from "./kind.ts";

/** Of an Event of `v1`. */
export interface EventFields {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly action?: string;
  readonly involvedObject?: {
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly fieldPath?: string;
  };
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly count?: number;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
}

const fieldsOf = (event: AnyObject) => event as unknown as EventFields;
const firstSeen = (event: AnyObject) => fieldsOf(event).firstTimestamp || fieldsOf(event).eventTime || "";

function lastSeen(event: AnyObject): string {
  const { series, lastTimestamp } = fieldsOf(event);
  if (series !== undefined) return series.lastObservedTime ?? "";
  return lastTimestamp || firstSeen(event);
}

function objectOf(event: AnyObject): string {
  const { kind = "", name = "" } = fieldsOf(event).involvedObject ?? {};
  return name === "" ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
}

function sourceOf(event: AnyObject): string {
  const { source = {}, reportingComponent, reportingInstance } = fieldsOf(event);
  const component = source.component || reportingComponent || "";
  const host = source.host || reportingInstance || "";
  return host === "" ? component : `${component}, ${host}`;
}

export const eventColumns: readonly TableColumn[] = [
  column("Last Seen", "date", lastSeen),
  column("Type", "string", (event) => fieldsOf(event).type ?? ""),
  column("Reason", "string", (event) => fieldsOf(event).reason ?? ""),
  column("Object", "string", objectOf),
  column("Subobject", "string", (event) => fieldsOf(event).involvedObject?.fieldPath ?? "", 1),
  column("Source", "string", sourceOf, 1),
  column("Message", "string", (event) => (fieldsOf(event).message ?? "").trim()),
  column("First Seen", "date", firstSeen, 1),
  column("Count", "string", (event) => fieldsOf(event).series?.count ?? (fieldsOf(event).count || 1), 1),
  { ...column("Name", "string", (event) => event.metadata.name, 1), format: "name" },
];
