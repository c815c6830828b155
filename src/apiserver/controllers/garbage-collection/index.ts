/** Owner references at work. See `garbage-collector.ts`. */
export {
  type GarbageCollector,
  type GarbageCollectorOptions,
  startGarbageCollector,
} from "./garbage-collector.ts";
export type { KindLookup } from "./owner-lookup.ts";
