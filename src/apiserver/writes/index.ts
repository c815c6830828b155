/** What can be done to objects, apart from how it is asked for. */
export { create } from "./create.ts";
export { type DeleteAnswer, readDeleteOptions, remove } from "./delete.ts";
export { removeCollection } from "./delete-collection.ts";
export { withOwners } from "./field-ownership.ts";
export {
  MAX_REMARKS,
  NO_REMARKS,
  quotedPath,
  type Remarks,
  reportRemarks,
} from "./field-validation.ts";
export { decodeObject } from "./incoming.ts";
export { createObjectWriter, ownRequest } from "./object-writer.ts";
export { patch, patchTypesOf } from "./patch.ts";
export { getScale, patchScale, updateScale } from "./scale.ts";
export { update } from "./update.ts";
export { readWriteOptions } from "./write-options.ts";
