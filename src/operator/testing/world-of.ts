/** The operator's world with these objects in it, over real caches and without any API. */
import type { KubeObject } from "../../kube/index.ts";
import { recomputeWorld } from "../check/recomputed-world.ts";
import type { OperatorWorld } from "../view/world.ts";

export function worldOf(...objects: readonly KubeObject[]): OperatorWorld {
  return recomputeWorld(objects);
}
