export { explain, explainIn } from "./explain.ts";
export type * from "./explanation.ts";
