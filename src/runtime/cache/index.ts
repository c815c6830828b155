export { FieldIndex, type IndexDefinition, index, NAME_INDEX } from "./field-index.ts";
export { ObjectCache, type ObjectCacheOptions } from "./object-cache.ts";
export { objectKey, resourceKey } from "./resource-key.ts";
export { type CacheLookup, type Waiter, WaitRegistry } from "./wait-registry.ts";
