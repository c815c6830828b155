/** Custom resource definitions: what they declare, compiled into what the server needs to serve them. */
export { boundedList, boundedText } from "./bounded-text.ts";
export { isFull, MAX_FAULTS } from "./causes.ts";
export { compileCrd } from "./crd.ts";
export { compileJsonPath, type JsonPath, simplePath } from "./json-path.ts";
export { changed, copyJson, equalJson, isJsonObject, type JsonObject, withChanges } from "./json-value.ts";
export { compileSchemaRules } from "./schema-rules.ts";
export type { StructuralSchema } from "./structural-schema.ts";
