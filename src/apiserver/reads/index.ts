/** What can be read of what is stored, apart from how it is asked for. */
export { get } from "./get.ts";
export { type ListAnswer, list } from "./list.ts";
export type { View } from "./view.ts";
export { type WatchEvent, type WatchSink, watch } from "./watch.ts";
