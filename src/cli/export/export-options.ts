/** The options of `plexaubnet export`. */
import { INVENTORY_FORMATS } from "../../exchange/formats.ts";
import type { ScopeOptions } from "../command-options.ts";

export const EXPORT_FORMATS = ["manifests", ...INVENTORY_FORMATS] as const;

export interface ExportOptions extends ScopeOptions {
  readonly format: (typeof EXPORT_FORMATS)[number];
  /** Stdout when absent. */
  readonly output?: string;
  readonly namespaces: boolean;
}
