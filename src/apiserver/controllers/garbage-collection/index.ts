/** Owner references at work. See `garbage-collector.ts`. */
export { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from "../../writes/deletion-state.ts";
export type { ObjectWriteOutcome, ObjectWriter, PropagationPolicy } from "../object-writer.ts";
export {
  type GarbageCollector,
  type GarbageCollectorOptions,
  startGarbageCollector,
} from "./garbage-collector.ts";
export type { KindLookup } from "./owner-lookup.ts";
