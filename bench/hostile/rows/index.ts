/** The whole table. */
import type { Row } from "../row.ts";
import { BODY_ROWS } from "./bodies.ts";
import { DEPTH_ROWS } from "./depth.ts";
import { PATCH_ROWS } from "./patches.ts";
import { WATCH_ROWS } from "./watches.ts";
import { WEBHOOK_ROWS } from "./webhooks.ts";

export const ROWS: readonly Row[] = [
  ...DEPTH_ROWS,
  ...WATCH_ROWS,
  ...WEBHOOK_ROWS,
  ...PATCH_ROWS,
  ...BODY_ROWS,
];
