export type * from "./in-process.ts";
export { equalJson, freezeJson, isJsonObject, type JsonObject } from "./json.ts";
export type * from "./object.ts";
export { apiVersionOf } from "./object.ts";
export * from "./resources.ts";
export { compareRevisions, isComparableRevision } from "./revision.ts";
export { SharedParts } from "./shared-parts.ts";
