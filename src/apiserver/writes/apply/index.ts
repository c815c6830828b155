/** Server-side apply and the ownership of fields. All pure. */
export {
  type Applied,
  type ApplyConflict,
  type ApplyInput,
  applyPatch,
  applySteps,
  conflictMessage,
  MAX_SHOWN_CONFLICTS,
} from "./apply-patch.ts";
export type { FieldsV1 } from "./fields-v1.ts";
export type { ManagedFieldsEntry } from "./managed-fields.ts";
export { defaultManager, type TrackUpdateInput, trackSteps, trackUpdate } from "./track-update.ts";
