export { type BackOffOptions, DEFAULT_BACK_OFF } from "./back-off.ts";
export { Reflector, type ReflectorOptions } from "./reflector.ts";
export type { ReflectorState } from "./reflector-state.ts";
export type * from "./sink.ts";
