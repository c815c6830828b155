/**
 * Printer columns of a CRD version. A column of type `date` yields the timestamp as it stands in the object: whoever
 * prints the table turns it into an age, since only that one knows what time it is.
 */
import type { AnyObject } from "../../api/object.ts";
import type { Cause, TableColumn } from "../resource.ts";
import { spend } from "../work-budget.ts";
import { invalid, isFull, notSupported, required } from "./causes.ts";
import { compileJsonPath, type JsonPath } from "./json-path.ts";
import { isJsonObject, type JsonObject } from "./json-value.ts";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["int32", "int64", "float", "double", "byte", "date", "date-time", "password"];

/** `additionalPrinterColumns` as columns; faults go to `faults`. */
export function compileColumns(declared: unknown, path: string, faults: Cause[]): readonly TableColumn[] {
  if (!Array.isArray(declared)) return [];
  return declared.flatMap((column, i) => {
    if (isFull(faults)) return [];
    spend(500);
    const compiled = compileColumn(isJsonObject(column) ? column : {}, `${path}[${i}]`, faults);
    return compiled === undefined ? [] : [compiled];
  });
}

function compileColumn(column: JsonObject, path: string, faults: Cause[]): TableColumn | undefined {
  const { name, type, format, description, priority, jsonPath } = column;
  const before = faults.length;
  if (typeof name !== "string" || name === "") faults.push(required(`${path}.name`));
  if (type === undefined || type === "") {
    faults.push(required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(",")}`));
  } else if (!COLUMN_TYPES.includes(String(type))) {
    faults.push(notSupported(`${path}.type`, type, COLUMN_TYPES));
  }
  if (format !== undefined && format !== "" && !COLUMN_FORMATS.includes(String(format))) {
    faults.push(notSupported(`${path}.format`, format, COLUMN_FORMATS));
  }
  if (jsonPath === undefined || jsonPath === "") faults.push(required(`${path}.jsonPath`));
  const compiled = compileJsonPath(String(jsonPath ?? "."));
  if (!compiled.ok) faults.push(invalid(`${path}.jsonPath`, jsonPath, compiled.error));
  if (faults.length > before || !compiled.ok) return undefined;
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
    cell: (object) => cellOf(object, columnType, compiled.value),
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
