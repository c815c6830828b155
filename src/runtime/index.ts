export * from "./flow.ts";
