import type { IncludeObject } from "../kinds/table/index.ts";
import { badRequest } from "../status-error.ts";

/** How much of the objects a table shall hold (`includeObject` of `metav1.TableOptions`). @throws StatusError 400 */
export function readIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") ?? "";
  if (value === "") return "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}
