export * from "./assert.ts";
export * from "./clock.ts";
export * from "./kernel.ts";
export * from "./make-directory.ts";
export * from "./manual-clock.ts";
export * from "./plain-text.ts";
export * from "./random.ts";
export * from "./result.ts";
