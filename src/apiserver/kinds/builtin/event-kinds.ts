/**
 * Events: one storage, two APIs. `v1` is what clients have always written; `events.k8s.io/v1` names the same things
 * in another way. They are kept as `v1`.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { ServedResource } from "../resource.ts";
import { eventColumns } from "./event-columns.ts";
import { eventFaults, groupEventFaults } from "./event-rules.ts";
import { microTime } from "./go-values.ts";
import {
  always,
  atomic,
  defineKind,
  integer,
  type KindDeclaration,
  record,
  text,
  time,
  zero,
} from "./kind.ts";

const objectReference = (description: string) =>
  atomic(
    record(description, {
      apiVersion: text("API version of the referent."),
      kind: text("Kind of the referent."),
      namespace: text("Namespace of the referent."),
      name: text("Name of the referent."),
      uid: text("UID of the referent."),
      resourceVersion: text("Revision of the referent."),
      fieldPath: text("The part of the referent that is meant."),
    }),
  );

const series = record("How often a series of equal events occurred.", {
  count: integer("Number of occurrences."),
  lastObservedTime: microTime("Of the last one."),
});

const source = always(
  record("The component that reported the event.", {
    component: text("Its name."),
    host: text("The node it runs on."),
  }),
);

/** A time that is written as null when there is none. */
const timeOrNull = (description: string) => zero(time(description), null);

const shared: Omit<KindDeclaration, "properties" | "description"> = {
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
};

export const coreEvents = defineKind({
  ...shared,
  description: "Event is a report of something that happened to an object.",
  properties: {
    involvedObject: always(objectReference("The object that this event is about.")),
    reason: text("A CamelCase word for what happened."),
    message: text("A sentence for people."),
    source,
    firstTimestamp: timeOrNull("When it was first seen."),
    lastTimestamp: timeOrNull("When it was last seen."),
    count: integer("How often it happened."),
    type: text("Normal or Warning."),
    eventTime: zero(microTime("When it was first observed."), null),
    series,
    action: text("What was done or failed."),
    related: objectReference("A second object."),
    reportingComponent: zero(text("The controller that reported it."), ""),
    reportingInstance: zero(text("The instance of that controller."), ""),
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
  columns: eventColumns,
  check: (event, old) => eventFaults(event, old),
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

/** What `v1` writes when it is empty, and `events.k8s.io/v1` does not. */
function withoutEmpty(event: AnyObject): AnyObject {
  const { reportingController, reportingInstance, ...rest } = event;
  const given = Object.entries({ reportingController, reportingInstance }).filter(([, value]) => value);
  return { ...rest, ...Object.fromEntries(given) } as AnyObject;
}

const toCore = new Map(RENAMED);
const fromCore = new Map(RENAMED.map(([left, right]) => [right, left] as const));

export const groupEvents = defineKind({
  ...shared,
  group: "events.k8s.io",
  internalGroup: "",
  storage: "events",
  storageApiVersion: "v1",
  description: "Event is a report of something that happened to an object.",
  properties: {
    eventTime: zero(microTime("When it was first observed."), null),
    series,
    reportingController: text("The controller that reported it."),
    reportingInstance: text("The instance of that controller."),
    action: text("What was done or failed."),
    reason: text("A CamelCase word for what happened."),
    regarding: always(objectReference("The object that this event is about.")),
    related: objectReference("A second object."),
    note: text("A sentence for people."),
    type: text("Normal or Warning."),
    deprecatedSource: source,
    deprecatedFirstTimestamp: timeOrNull("For v1 events."),
    deprecatedLastTimestamp: timeOrNull("For v1 events."),
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
  columns: eventColumns.map((each) => ({
    ...each,
    cell: (event: AnyObject) => each.cell(renamed(event, toCore)),
  })),
  check: (event, old) =>
    groupEventFaults(renamed(event, toCore), old === undefined ? undefined : renamed(old, toCore)),
  conversion: {
    fromStorage: (object) => withoutEmpty(renamed(object, fromCore)),
    toStorage: (object) => ({ ...renamed(object, toCore), apiVersion: "v1" }),
  },
});

export const eventKinds: readonly ServedResource[] = [coreEvents, groupEvents];
