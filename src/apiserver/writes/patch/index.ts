/** The patch types of the Kubernetes API, except for server-side apply, which is `apply/`. All pure. */
export { applyJsonPatch } from "./json-patch.ts";
export { applyMergePatch } from "./merge-patch.ts";
export type { PatchFault } from "./patch-fault.ts";
export { applyStrategicMergePatch } from "./strategic-merge-patch.ts";
