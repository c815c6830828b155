/** Answers to questions about a fleet that is given as objects. */
export * from "./explain/index.ts";
export * from "./find/index.ts";
export * from "./what-if/index.ts";
