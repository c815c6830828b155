/** The whole table. Rows that only cost come after those that may end the process. */
import type { Row } from "../row.ts";
import { APPLY_ROWS } from "./applies.ts";
import { BELOW_LIMIT_ROWS } from "./below-limits.ts";
import { BODY_ROWS } from "./bodies.ts";
import { CEL_ROWS } from "./cel.ts";
import { CONNECTION_ROWS } from "./connections.ts";
import { CUT_OFF_ROWS } from "./cut-offs.ts";
import { DEPTH_ROWS } from "./depth.ts";
import { FLOOD_ROWS } from "./floods.ts";
import { HTTP_ROWS } from "./http.ts";
import { LIST_ROWS } from "./lists.ts";
import { MEMORY_ROWS } from "./memory.ts";
import { METADATA_ROWS } from "./metadata.ts";
import { PATCH_ROWS } from "./patches.ts";
import { PATTERN_ROWS } from "./patterns.ts";
import { RELATION_ROWS } from "./relations.ts";
import { SCHEMA_ROWS } from "./schemas.ts";
import { TOKEN_ROWS } from "./tokens.ts";
import { WATCH_ROWS } from "./watches.ts";
import { WEBHOOK_ROWS } from "./webhooks.ts";

export const ROWS: readonly Row[] = [
  ...DEPTH_ROWS,
  ...WATCH_ROWS,
  ...WEBHOOK_ROWS,
  ...PATCH_ROWS,
  ...BODY_ROWS,
  ...BELOW_LIMIT_ROWS,
  ...PATTERN_ROWS,
  ...CEL_ROWS,
  ...SCHEMA_ROWS,
  ...METADATA_ROWS,
  ...APPLY_ROWS,
  ...TOKEN_ROWS,
  ...RELATION_ROWS,
  ...LIST_ROWS,
  ...MEMORY_ROWS,
  ...CUT_OFF_ROWS,
  ...HTTP_ROWS,
  ...CONNECTION_ROWS,
  ...FLOOD_ROWS,
];
