import type { AnyObject } from "../../api/object.ts";
import type { Cause } from "../resource.ts";
import type { StructuralSchema } from "./structural-schema.ts";

export type CelCheck = (object: AnyObject, old: AnyObject | undefined, faults: Cause[]) => void;

export function compileCelRules(
  _schema: StructuralSchema,
  _path: string,
  _faults: Cause[],
): CelCheck | undefined {
  return undefined;
}
