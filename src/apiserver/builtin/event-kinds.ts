/**
 * Events: one storage, two APIs. `v1` is what clients have always written; `events.k8s.io/v1` names the same things
 * in another way. They are kept as `v1`.
 */
import type { AnyObject } from "../../api/object.ts";
import type { ServedResource } from "../resource.ts";
import { anything, column, defineKind, integer, type KindDeclaration, record, text, time } from "./kind.ts";

const objectReference = (description: string) =>
  record(description, {
    apiVersion: text("API version of the referent."),
    kind: text("Kind of the referent."),
    namespace: text("Namespace of the referent."),
    name: text("Name of the referent."),
    uid: text("UID of the referent."),
    resourceVersion: text("Revision of the referent."),
    fieldPath: text("The part of the referent that is meant."),
  });

const series = record("How often a series of equal events occurred.", {
  count: integer("Number of occurrences."),
  lastObservedTime: time("Of the last one."),
});

const source = record("The component that reported the event.", {
  component: text("Its name."),
  host: text("The node it runs on."),
});

type Path = readonly string[];

function at(object: AnyObject, path: Path): unknown {
  let value: unknown = object;
  for (const part of path) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

const textAt = (object: AnyObject, ...path: Path) => {
  const value = at(object, path);
  return typeof value === "string" ? value : undefined;
};

function columnsFor(names: { regarding: string; note: string; last: string; count: string }) {
  return [
    column("Last Seen", "date", (o) => {
      const seen = textAt(o, "series", "lastObservedTime") ?? textAt(o, names.last);
      return seen ?? textAt(o, "eventTime") ?? o.metadata.creationTimestamp;
    }),
    column("Type", "string", (o) => textAt(o, "type")),
    column("Reason", "string", (o) => textAt(o, "reason")),
    column("Object", "string", (o) => {
      const kind = textAt(o, names.regarding, "kind") ?? "";
      return `${kind.toLowerCase()}/${textAt(o, names.regarding, "name") ?? ""}`;
    }),
    column("Message", "string", (o) => textAt(o, names.note)),
    column("Count", "integer", (o) => (at(o, [names.count]) as number | undefined) ?? 1, 1),
    column("Name", "string", (o) => o.metadata.name, 1),
  ];
}

const shared: Omit<KindDeclaration, "properties" | "description"> = {
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
};

export const coreEvents = defineKind({
  ...shared,
  description: "Event is a report of something that happened to an object.",
  properties: {
    involvedObject: objectReference("The object that this event is about."),
    reason: text("A CamelCase word for what happened."),
    message: text("A sentence for people."),
    source,
    firstTimestamp: time("When it was first seen."),
    lastTimestamp: time("When it was last seen."),
    count: integer("How often it happened."),
    type: text("Normal or Warning."),
    eventTime: {
      type: "string",
      format: "date-time",
      nullable: true,
      description: "When it was first observed.",
    },
    series,
    action: text("What was done or failed."),
    related: objectReference("A second object."),
    reportingComponent: text("The controller that reported it."),
    reportingInstance: text("The instance of that controller."),
  },
  selectableFields: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  columns: columnsFor({
    regarding: "involvedObject",
    note: "message",
    last: "lastTimestamp",
    count: "count",
  }),
});

/** `events.k8s.io/v1` on the left, `v1` on the right. */
const RENAMED: readonly (readonly [string, string])[] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

function renamed(object: AnyObject, names: ReadonlyMap<string, string>): AnyObject {
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]),
  ) as AnyObject;
}

const toCore = new Map(RENAMED);
const fromCore = new Map(RENAMED.map(([left, right]) => [right, left] as const));

export const groupEvents = defineKind({
  ...shared,
  group: "events.k8s.io",
  storage: "events",
  storageApiVersion: "v1",
  description: "Event is a report of something that happened to an object.",
  properties: {
    eventTime: {
      type: "string",
      format: "date-time",
      nullable: true,
      description: "When it was first observed.",
    },
    series,
    reportingController: text("The controller that reported it."),
    reportingInstance: text("The instance of that controller."),
    action: text("What was done or failed."),
    reason: text("A CamelCase word for what happened."),
    regarding: objectReference("The object that this event is about."),
    related: objectReference("A second object."),
    note: text("A sentence for people."),
    type: text("Normal or Warning."),
    deprecatedSource: anything("For v1 events."),
    deprecatedFirstTimestamp: time("For v1 events."),
    deprecatedLastTimestamp: time("For v1 events."),
    deprecatedCount: integer("For v1 events."),
  },
  selectableFields: [
    "regarding.kind",
    "regarding.namespace",
    "regarding.name",
    "regarding.uid",
    "reason",
    "type",
  ],
  columns: columnsFor({
    regarding: "regarding",
    note: "note",
    last: "deprecatedLastTimestamp",
    count: "deprecatedCount",
  }),
  conversion: {
    fromStorage: (object) => renamed(object, fromCore),
    toStorage: (object) => ({ ...renamed(object, toCore), apiVersion: "v1" }),
  },
});

export const eventKinds: readonly ServedResource[] = [coreEvents, groupEvents];
