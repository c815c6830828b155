/**
 * Printer columns of a CRD version. A column of type `date` returns the timestamp as it is in the object: code that
 * prints the table turns it into an age, since only that one knows what time it is.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { spend } from "../../work-budget.ts";
import type { TableColumn } from "../resource.ts";
import { invalid, isFull, required } from "./causes.ts";
import { compileJsonPath, type JsonPath } from "./json-path.ts";
import { isJsonObject, type JsonObject } from "./json-value.ts";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["int32", "int64", "float", "double", "byte", "date", "date-time", "password"];

/**
 * `additionalPrinterColumns` as columns; faults go to `faults`. A path that starts as one and is none ends the columns:
 * it is detected only when a table is requested.
 */
export function compileColumns(declared: unknown, path: string, faults: Cause[]): readonly TableColumn[] {
  if (!Array.isArray(declared)) return [];
  const columns: TableColumn[] = [];
  let legible = true;
  declared.forEach((column, i) => {
    if (isFull(faults)) return;
    spend(500);
    const given = isJsonObject(column) ? column : {};
    columnFaults(given, `${path}[${i}]`, faults);
    const jsonPath = compileJsonPath(String(given.jsonPath ?? "."));
    legible &&= jsonPath.ok;
    if (legible && jsonPath.ok) columns.push(columnOf(given, jsonPath.value));
  });
  return columns;
}

function columnFaults({ name, type, format, jsonPath }: JsonObject, path: string, faults: Cause[]): void {
  if (typeof name !== "string" || name === "") faults.push(required(`${path}.name`));
  const types = `must be one of ${COLUMN_TYPES.join(",")}`;
  if (type === undefined || type === "") faults.push(required(`${path}.type`, types));
  else if (!COLUMN_TYPES.includes(String(type))) faults.push(invalid(`${path}.type`, type, types));
  if (format !== undefined && format !== "" && !COLUMN_FORMATS.includes(String(format)))
    faults.push(invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(",")}`));
  // The name of the field in Go: as in kube-apiserver.
  if (jsonPath === undefined || jsonPath === "") faults.push(required(`${path}.JSONPath`));
  else if (!String(jsonPath).startsWith("."))
    faults.push(invalid(`${path}.JSONPath`, jsonPath, "must be a simple json path starting with ."));
}

function columnOf(column: JsonObject, path: JsonPath): TableColumn {
  const { name, type, format, description, priority, jsonPath } = column;
  const columnType = type as TableColumn["type"];
  return {
    name: String(name),
    type: columnType,
    ...(typeof format === "string" && format !== "" ? { format } : {}),
    description:
      typeof description === "string"
        ? description
        : `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: typeof priority === "number" ? priority : 0,
    cell: (object) => cellOf(object, columnType, path),
  };
}

function cellOf(object: AnyObject, type: TableColumn["type"], path: JsonPath) {
  const value = path(object)[0];
  if (value === undefined || value === null) return undefined;
  if (type === "string") return typeof value === "object" ? JSON.stringify(value) : String(value);
  if (type === "integer") return typeof value === "number" ? Math.trunc(value) : undefined;
  if (type === "number") return typeof value === "number" ? value : undefined;
  if (type === "boolean") return typeof value === "boolean" ? value : undefined;
  return typeof value === "string" ? value : undefined;
}
