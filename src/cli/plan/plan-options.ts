/** The options of `plexaubnet plan`. */
import { type ConnectionOptions, LIST_FORMATS } from "../command-options.ts";

export const PLAN_FORMATS = [...LIST_FORMATS, "manifests"] as const;

export const LAYOUT_NAMES = ["linear", "buddy", "linear-largest-first", "buddy-largest-first"] as const;
export type LayoutName = (typeof LAYOUT_NAMES)[number];

export interface PlanOptions extends ConnectionOptions {
  readonly pool: string;
  readonly layout?: LayoutName;
  readonly output: (typeof PLAN_FORMATS)[number];
}
