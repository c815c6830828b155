export type * from "../api/object.ts";
export { apiVersionOf } from "../api/object.ts";
export type * from "./client.ts";
export * from "./errors.ts";
export { compareRevisions, isComparableRevision } from "./revision.ts";
