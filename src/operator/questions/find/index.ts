export { BLOCK_STATES, type BlockState } from "./block-states.ts";
export { findBlock, type Place, type PoolAround } from "./find-block.ts";
export { type FreeInPool, findFree } from "./find-free.ts";
export { byAddress, findAll, findName, type NamedKind } from "./find-name.ts";
export type { FoundBlock } from "./found-block.ts";
