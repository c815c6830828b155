/**
 * `metav1.Table`: what `kubectl get` prints. The server chooses the columns and fills in the cells.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { ServedResource, TableColumn } from "../resource.ts";
import { humanDuration } from "./human-duration.ts";

/** How much of each object goes with its row. */
export type IncludeObject = "None" | "Metadata" | "Object";

const NAME: TableColumn = {
  name: "Name",
  type: "string",
  format: "name",
  description:
    "Name must be unique within a namespace. Is required when creating resources, although some resources may " +
    "allow a client to request the generation of an appropriate name automatically.",
  priority: 0,
  cell: (object) => object.metadata.name,
};

const AGE: TableColumn = {
  name: "Age",
  type: "date",
  description: "CreationTimestamp is a timestamp representing the server time when this object was created.",
  priority: 0,
  cell: (object) => object.metadata.creationTimestamp,
};

/** Name first, unless the kind has it elsewhere; Age where the kind names no columns. */
export function columnsOf(resource: ServedResource): readonly TableColumn[] {
  if (resource.columns.some(({ format }) => format === "name")) return resource.columns;
  return [NAME, ...(resource.columns.length === 0 ? [AGE] : resource.columns)];
}

export interface TableOptions {
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
  /** Without them in the later events of a watch, as kube-apiserver does. */
  readonly withColumns: boolean;
  readonly metadata: object;
}

export function tableOf(
  resource: ServedResource,
  objects: readonly AnyObject[],
  options: TableOptions,
): object {
  const columns = columnsOf(resource);
  return {
    ...headOf(resource, columns, options),
    rows: objects.map((each) => rowOf(columns, each, options)),
  };
}

/** The JSON of a table in pieces, one for each row, made when it is asked for. */
export function* tableText(
  resource: ServedResource,
  objects: Iterable<AnyObject>,
  options: TableOptions,
): Generator<string> {
  const columns = columnsOf(resource);
  yield `${JSON.stringify(headOf(resource, columns, options)).slice(0, -1)},"rows":[`;
  let comma = "";
  for (const object of objects) {
    yield comma + JSON.stringify(rowOf(columns, object, options));
    comma = ",";
  }
  yield "]}";
}

function headOf(resource: ServedResource, columns: readonly TableColumn[], options: TableOptions): object {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: options.metadata,
    columnDefinitions: options.withColumns ? columns.map((column) => definitionOf(resource, column)) : [],
  };
}

function rowOf(columns: readonly TableColumn[], object: AnyObject, options: TableOptions): object {
  return {
    cells: columns.map((column) => cellOf(column, object, options.nowMs)),
    object: includedOf(object, options.includeObject),
  };
}

function includedOf(object: AnyObject, include: IncludeObject): object | null {
  if (include === "None") return null;
  return include === "Object" ? object : partialObject(object);
}

function definitionOf(resource: ServedResource, column: TableColumn): object {
  const { name, format = "", description, priority } = column;
  // The printers of the built-in kinds call an age a string.
  const type = column.shownType ?? (resource.builtin && column.type === "date" ? "string" : column.type);
  return { name, type, format, description, priority };
}

function cellOf(column: TableColumn, object: AnyObject, nowMs: number): string | number | boolean | null {
  const value = contentOf(column, object);
  if (column.type === "date") return ageOf(value, nowMs);
  return value ?? null;
}

/** A column that cannot make sense of one object leaves its cell empty: the other objects are still to be seen. */
function contentOf(column: TableColumn, object: AnyObject): ReturnType<TableColumn["cell"]> {
  try {
    return column.cell(object);
  } catch {
    return undefined;
  }
}

function ageOf(value: unknown, nowMs: number): string {
  if (typeof value !== "string" || value === "") return "<unknown>";
  const then = Date.parse(value);
  return Number.isNaN(then) ? "<invalid>" : humanDuration(nowMs - then);
}

/** `metav1.PartialObjectMetadata`. */
export function partialObject(object: AnyObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}
